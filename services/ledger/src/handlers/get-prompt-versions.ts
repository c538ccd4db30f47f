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
import { answerPage, readCursor, writeCursor } from "./answer-page.ts";

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
      const { query } = request;
      // The question is about this template, and so is its cursor.
      const question = { ...query, name };
      const [after] = readCursor(question, 1) ?? [];
      // Of a template there are so few that all are read for each page.
      const all = await comparePromptVersions(database, name, query);
      const start = all.findIndex(({ version }) => version === after) + 1;
      const rows = all.slice(start, start + query.limit);
      const last = rows.at(-1);
      const isLastPage = last === undefined || start + rows.length === all.length;
      const next = writeCursor(question, isLastPage ? undefined : [last.version]);
      return answerPage(request, reply, { prompt: name, rows, next }, promptVersionColumns);
    },
  });
}
