import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

/** A text classification as Hugging Face's inference answers it. */
export interface InferenceProvider {
  url: string;
  requests: { path: string; headers: IncomingHttpHeaders; body: string }[];
  stop(): Promise<void>;
}

/** Hugging Face's inference format, which the simulator does not speak: `{"inputs": …}` in, labels with scores out. */
export async function startInferenceProvider(): Promise<InferenceProvider> {
  const requests: InferenceProvider["requests"] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const body = Buffer.concat(pieces).toString("utf8");
      requests.push({ path: request.url ?? "", headers: request.headers, body });
      const mayAsk = request.headers.authorization === "Bearer hf-provider-secret";
      response.writeHead(mayAsk ? 200 : 401, { "content-type": "application/json" });
      response.end(
        JSON.stringify(mayAsk ? [[{ label: "POSITIVE", score: 0.9998 }]] : { error: "Invalid credentials" }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
