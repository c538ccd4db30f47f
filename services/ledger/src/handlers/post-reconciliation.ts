import { z } from "zod";
import type { ApiServer } from "../adapters/api-server.ts";
import { apiErrorSchema } from "../domain/api-error.ts";
import { reconciliationSchema, statementSchema } from "../domain/statement.ts";
import { type ReconcileOptions, reconcile } from "./reconcile.ts";

/** Room for some hundred thousand rows. */
const bodyLimitBytes = 64 * 1024 * 1024;

/** `POST /v1/reconciliations`: compares a provider's statement with the ledger, and corrects the ledger to it. */
export function serveReconciliations(server: ApiServer, options: ReconcileOptions): void {
  server.route({
    method: "POST",
    url: "/v1/reconciliations",
    bodyLimit: bodyLimitBytes,
    schema: {
      summary: "Compares a provider's statement with the ledger, and corrects the ledger to it.",
      description:
        "Answers when the event stream has the corrections; they are in the lists a moment later. The same statement once more changes nothing.",
      operationId: "reconcile",
      security: [{ adminKey: [] }],
      querystring: z.strictObject({}),
      body: statementSchema,
      response: { 200: reconciliationSchema, "4xx": apiErrorSchema, "5xx": apiErrorSchema },
    },
    handler: (request) => reconcile(request.body, options),
  });
}
