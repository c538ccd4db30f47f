import { once } from "node:events";
import { createServer } from "node:http";

/** A collector of spans that takes them all and keeps none. */
export interface SpanSink {
  /** Base URL, as `OTEL_EXPORTER_OTLP_ENDPOINT` takes it. */
  url: string;
  close(): Promise<void>;
}

export async function startSpanSink(): Promise<SpanSink> {
  const server = createServer((incoming, outgoing) => {
    incoming.resume();
    incoming.once("end", () => outgoing.setHeader("content-type", "application/json").end("{}"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The span sink has no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.closeAllConnections();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}
