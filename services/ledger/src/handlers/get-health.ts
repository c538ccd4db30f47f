import { z } from "zod";
import type { ApiServer } from "../adapters/api-server.ts";

const statusSchema = z.object({ status: z.string(), missing: z.array(z.string()).optional() });

/**
 * `GET /healthz`: the process runs. `GET /readyz`: it can do its work, else 503 with what is missing.
 * Neither asks for the admin key.
 */
export function serveHealth(server: ApiServer, notReadyBecause: () => string[]): void {
  server.route({
    method: "GET",
    url: "/healthz",
    schema: { summary: "Whether the process runs.", response: { 200: statusSchema } },
    handler: () => Promise.resolve({ status: "alive" }),
  });
  server.route({
    method: "GET",
    url: "/readyz",
    schema: {
      summary: "Whether the ledger can do its work.",
      response: { 200: statusSchema, 503: statusSchema },
    },
    handler: async (_request, reply) => {
      const missing = notReadyBecause();
      if (missing.length === 0) return { status: "ready" };
      return await reply.code(503).send({ status: "not ready", missing });
    },
  });
}
