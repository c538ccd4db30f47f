import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";

const attributesSchema = z
  .array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) }))
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]])));

const exportSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: attributesSchema }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              name: z.string(),
              kind: z.int(),
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              attributes: attributesSchema,
              status: z.object({ code: z.int().default(0) }),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** A span as it came, with the service that sent it. */
export interface ReceivedSpan {
  service: unknown;
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  attributes: Record<string, unknown>;
  status: { code: number };
}

export interface TraceReceiver {
  /** What `OTEL_EXPORTER_OTLP_ENDPOINT` is to be. */
  url: string;
  spans: ReceivedSpan[];
  /** Every body as it was sent, to look for what must not be in it. */
  bodies: string[];
  close(): Promise<void>;
}

/** A collector that speaks OTLP/HTTP with JSON, as real ones do. */
export async function startTraceReceiver(): Promise<TraceReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const isTraces = request.method === "POST" && request.url === "/v1/traces";
      if (!isTraces) {
        response.writeHead(404).end();
        return;
      }
      bodies.push(body);
      spans.push(...readSpans(body));
      response.setHeader("content-type", "application/json").end("{}");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the receiver has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    spans,
    bodies,
    close: async () => {
      server.closeAllConnections();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

function readSpans(body: string): ReceivedSpan[] {
  return exportSchema.parse(JSON.parse(body)).resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans
      .flatMap((scope) => scope.spans)
      .map((span) => ({
        ...span,
        // A span without a parent may come with an empty one.
        parentSpanId: span.parentSpanId || undefined,
        service: resource.attributes["service.name"],
      })),
  );
}
