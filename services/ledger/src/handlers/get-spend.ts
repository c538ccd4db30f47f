import type { Kysely } from "kysely";
import { z } from "zod";
import type { ApiServer } from "../adapters/api-server.ts";
import { findSpend } from "../adapters/spend-store.ts";
import type { LedgerTables } from "../adapters/tables.ts";
import { apiErrorSchema } from "../domain/api-error.ts";
import { spendColumns, spendPageSchema, spendQuerySchema } from "../domain/spend.ts";
import { answerPage, readCursor, writeCursor } from "./answer-page.ts";

/** `GET /v1/spend`: what was used and spent, by group and by bucket. */
export function serveSpend(server: ApiServer, database: Kysely<LedgerTables>): void {
  server.route({
    method: "GET",
    url: "/v1/spend",
    schema: {
      summary: "What was used and spent, by any of the owner's facts, model and provider, over time.",
      operationId: "getSpend",
      security: [{ adminKey: [] }],
      querystring: spendQuerySchema,
      response: {
        200: {
          description: "A page of spend, as JSON or CSV by the Accept header.",
          content: {
            "application/json": { schema: spendPageSchema },
            "text/csv": { schema: z.string() },
          },
        },
        "4xx": apiErrorSchema,
        "5xx": apiErrorSchema,
      },
    },
    handler: async (request, reply) => {
      const query = request.query;
      const parts = query.group_by.length + (query.bucket === undefined ? 0 : 1);
      const { rows, lastKey } = await findSpend(database, query, readCursor(query, parts));
      const page = { rows, next: writeCursor(query, lastKey) };
      return answerPage(request, reply, page, spendColumns(query));
    },
  });
}
