import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Kysely } from "kysely";
import { z } from "zod";
import type { ApiServer } from "../adapters/api-server.ts";
import { findRequest } from "../adapters/request-store.ts";
import type { LedgerTables } from "../adapters/tables.ts";
import { apiErrorSchema } from "../domain/api-error.ts";
import { requestViewSchema, viewCall } from "../domain/request-view.ts";

/** `GET /v1/requests/{id}`: all that the ledger knows of one request. */
export function serveRequest(server: ApiServer, database: Kysely<LedgerTables>): void {
  server.route({
    method: "GET",
    url: "/v1/requests/:id",
    schema: {
      summary:
        "All provider calls of a request, and what was decided about it, and what its client said of the reply.",
      operationId: "getRequest",
      security: [{ adminKey: [] }],
      params: z.object({
        id: z.string().describe("The request's id, as in the x-request-id of its answer."),
      }),
      querystring: z.strictObject({}),
      response: { 200: requestViewSchema, "4xx": apiErrorSchema, "5xx": apiErrorSchema },
    },
    handler: async (request) => {
      const requestId = request.params.id.toLowerCase();
      // What is not a UUID is no request's id: it is as little there as one that was never used.
      const known = z.uuid().safeParse(requestId).success;
      const { entries, decisions, feedback } = known
        ? await findRequest(database, requestId)
        : { entries: [], decisions: [], feedback: [] };
      if (entries.length === 0 && decisions.length === 0) {
        throw new SluiceError("not_found", "The ledger knows no request with this id.");
      }
      const calls = entries.map(viewCall);
      return {
        requestId,
        traceId: calls.find((call) => call.traceId !== null)?.traceId ?? null,
        calls,
        decisions,
        feedback,
      };
    },
  });
}
