import type { Kysely } from "kysely";
import { z } from "zod";
import type { ApiServer } from "../adapters/api-server.ts";
import { comparePromptVersions } from "../adapters/prompt-store.ts";
import type { LedgerTables } from "../adapters/tables.ts";
import { apiErrorSchema } from "../domain/api-error.ts";
import {
  promptVersionColumns,
  promptVersionsQuerySchema,
  promptVersionsSchema,
} from "../domain/prompt-comparison.ts";
import { answerPage } from "./answer-page.ts";

/** `GET /v1/prompts/{name}/versions`: the versions of a prompt template beside each other. */
export function servePromptVersions(server: ApiServer, database: Kysely<LedgerTables>): void {
  server.route({
    method: "GET",
    url: "/v1/prompts/:name/versions",
    schema: {
      summary:
        "The versions of a prompt template beside each other: cost, tokens, errors, latency and feedback. Of a version that was never used there is no row.",
      operationId: "comparePromptVersions",
      security: [{ adminKey: [] }],
      params: z.object({
        name: z
          .string()
          .describe("The template; with its namespace, unless that is default, as namespace/name."),
      }),
      querystring: promptVersionsQuerySchema,
      response: {
        200: {
          description: "The versions, as JSON or CSV by the Accept header.",
          content: {
            "application/json": { schema: promptVersionsSchema },
            "text/csv": { schema: z.string() },
          },
        },
        "4xx": apiErrorSchema,
        "5xx": apiErrorSchema,
      },
    },
    handler: async (request, reply) => {
      const { name } = request.params;
      const rows = await comparePromptVersions(database, name, request.query);
      return answerPage(request, reply, { prompt: name, rows, next: null }, promptVersionColumns);
    },
  });
}
