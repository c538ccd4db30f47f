import type { Kysely } from "kysely";
import { z } from "zod";
import type { ApiServer } from "../adapters/api-server.ts";
import { findChanges } from "../adapters/change-store.ts";
import type { LedgerTables } from "../adapters/tables.ts";
import { apiErrorSchema } from "../domain/api-error.ts";
import { changeColumns, changesPageSchema, changesQuerySchema } from "../domain/change-view.ts";
import { answerPage, readCursor, writeCursor } from "./answer-page.ts";

/** Instant, change id, kind, namespace, name. */
const sortKeyParts = 5;

/** `GET /v1/audit/changes`: what was changed in the configuration, the newest change first. */
export function serveChanges(server: ApiServer, database: Kysely<LedgerTables>): void {
  server.route({
    method: "GET",
    url: "/v1/audit/changes",
    schema: {
      summary: "Changes of the configuration, resource by resource, the newest first.",
      operationId: "listChanges",
      security: [{ adminKey: [] }],
      querystring: changesQuerySchema,
      response: {
        200: {
          description: "A page of changes, as JSON or CSV by the Accept header.",
          content: {
            "application/json": { schema: changesPageSchema },
            "text/csv": { schema: z.string() },
          },
        },
        "4xx": apiErrorSchema,
        "5xx": apiErrorSchema,
      },
    },
    handler: async (request, reply) => {
      const query = request.query;
      const { changes, lastKey } = await findChanges(database, query, readCursor(query, sortKeyParts));
      return answerPage(request, reply, { rows: changes, next: writeCursor(query, lastKey) }, changeColumns);
    },
  });
}
