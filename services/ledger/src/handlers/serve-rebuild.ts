import { z } from "zod";
import type { ApiServer } from "../adapters/api-server.ts";
import { apiErrorSchema } from "../domain/api-error.ts";
import { rebuildViewSchema } from "../domain/rebuild-view.ts";
import type { Rebuilder } from "./rebuilder.ts";

/** `POST /v1/rebuild` begins a rebuild, `GET /v1/rebuild` says how far it is, or how the last one ended. */
export function serveRebuild(server: ApiServer, rebuilder: Rebuilder): void {
  const url = "/v1/rebuild";
  const errors = { "4xx": apiErrorSchema, "5xx": apiErrorSchema };
  server.route({
    method: "POST",
    url,
    schema: {
      summary: "Books the whole event stream anew, and then puts that in the place of what is booked.",
      description:
        "Until then the ledger answers and books as ever. Follow it with GET. 409 while one runs already.",
      operationId: "startRebuild",
      security: [{ adminKey: [] }],
      querystring: z.strictObject({}),
      response: { 202: rebuildViewSchema, ...errors },
    },
    handler: async (_request, reply) => {
      await rebuilder.start();
      return await reply.code(202).send(await rebuilder.view());
    },
  });
  server.route({
    method: "GET",
    url,
    schema: {
      summary: "The rebuild that runs, or the last one.",
      operationId: "getRebuild",
      security: [{ adminKey: [] }],
      querystring: z.strictObject({}),
      response: { 200: rebuildViewSchema, ...errors },
    },
    handler: () => rebuilder.view(),
  });
}
