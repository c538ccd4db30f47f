import type { Kysely } from "kysely";
import { z } from "zod";
import type { ApiServer } from "../adapters/api-server.ts";
import { findCalls } from "../adapters/request-store.ts";
import type { LedgerTables } from "../adapters/tables.ts";
import { apiErrorSchema } from "../domain/api-error.ts";
import { callColumns, requestsPageSchema, requestsQuerySchema, viewCall } from "../domain/request-view.ts";
import { answerPage, readCursor, writeCursor } from "./answer-page.ts";

/** Request id, delivery, attempt. */
const sortKeyParts = 3;

/** `GET /v1/requests`: provider calls one by one, the newest request first. */
export function serveRequests(server: ApiServer, database: Kysely<LedgerTables>): void {
  server.route({
    method: "GET",
    url: "/v1/requests",
    schema: {
      summary:
        "Provider calls one by one, the newest request first; a request has a row for each of its calls.",
      operationId: "listRequests",
      security: [{ adminKey: [] }],
      querystring: requestsQuerySchema,
      response: {
        200: {
          description: "A page of provider calls, as JSON or CSV by the Accept header.",
          content: {
            "application/json": { schema: requestsPageSchema },
            "text/csv": { schema: z.string() },
          },
        },
        "4xx": apiErrorSchema,
        "5xx": apiErrorSchema,
      },
    },
    handler: async (request, reply) => {
      const query = request.query;
      const { entries, lastKey } = await findCalls(database, query, readCursor(query, sortKeyParts));
      const page = { rows: entries.map(viewCall), next: writeCursor(query, lastKey) };
      return answerPage(request, reply, page, callColumns);
    },
  });
}
