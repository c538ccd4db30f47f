import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { BenchError } from "../bench-error.ts";

/** An upstream that fails as the first part of the path says. */
export interface FailingUpstream {
  /** Without a slash at its end. */
  url: string;
  stop(): Promise<void>;
}

/** How it fails, by the first part of the path. */
const answers: Record<string, RequestListener> = {
  "429": (_request, response) => response.writeHead(429, { "content-type": "application/json" }).end("{}"),
  "500": (_request, response) => response.writeHead(500, { "content-type": "application/json" }).end("{}"),
  reset: (request) => request.socket.resetAndDestroy(),
  hang: () => undefined,
};

export async function startFailingUpstream(): Promise<FailingUpstream> {
  const server = createServer((request, response) => {
    // What is not read would be reset as well.
    request.resume().on("end", () => {
      const [, how = ""] = (request.url ?? "").split("/");
      const answer = answers[how];
      if (answer === undefined) response.writeHead(404).end();
      else answer(request, response);
    });
  });
  server.listen(0, "127.0.0.1", 1024);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new BenchError("The failing upstream has no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
