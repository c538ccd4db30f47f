import type { Bus } from "@sluice/bus/bus";
import { findDeadLetter, listDeadLetters } from "@sluice/bus/dead-letters";
import { deadLetterSchema } from "@sluice/contracts/dead-letter";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import type { ApiServer } from "../adapters/api-server.ts";
import { apiErrorSchema, BadParameters } from "../domain/api-error.ts";
import {
  deadLetterColumns,
  deadLettersPageSchema,
  deadLettersQuerySchema,
  deadLetterViewSchema,
  viewDeadLetter,
} from "../domain/dead-letter-view.ts";
import { answerPage, readCursor, writeCursor } from "./answer-page.ts";

/** `GET /v1/dead-letters`: events that could not be booked, in the order in which they were last met. */
export function serveDeadLetters(server: ApiServer, bus: Bus): void {
  server.route({
    method: "GET",
    url: "/v1/dead-letters",
    schema: {
      summary: "Events that could not be booked, with the reason, in the order in which they were last met.",
      operationId: "listDeadLetters",
      security: [{ adminKey: [] }],
      querystring: deadLettersQuerySchema,
      response: {
        200: {
          description: "A page of dead letters, as JSON or CSV by the Accept header.",
          content: {
            "application/json": { schema: deadLettersPageSchema },
            "text/csv": { schema: z.string() },
          },
        },
        "4xx": apiErrorSchema,
        "5xx": apiErrorSchema,
      },
    },
    handler: async (request, reply) => {
      const query = request.query;
      const kept = await listDeadLetters(bus, query.limit + 1, positionOf(readCursor(query, 1)));
      const page = kept.slice(0, query.limit);
      const last = kept.length > page.length ? page.at(-1) : undefined;
      const rows = page.map(({ letter }) => viewDeadLetter(letter));
      const next = writeCursor(query, last && [String(last.sequence)]);
      return answerPage(request, reply, { rows, next }, deadLetterColumns);
    },
  });
}

/** `GET /v1/dead-letters/{digest}`: one of them. */
export function serveDeadLetter(server: ApiServer, bus: Bus): void {
  server.route({
    method: "GET",
    url: "/v1/dead-letters/:digest",
    schema: {
      summary: "An event that could not be booked.",
      operationId: "getDeadLetter",
      security: [{ adminKey: [] }],
      params: z.object({ digest: z.string().describe("The dead letter's digest.") }),
      querystring: z.strictObject({}),
      response: { 200: deadLetterViewSchema, "4xx": apiErrorSchema, "5xx": apiErrorSchema },
    },
    handler: async (request) => {
      const digest = deadLetterSchema.shape.digest.safeParse(request.params.digest.toLowerCase());
      const kept = digest.success ? await findDeadLetter(bus, digest.data) : undefined;
      if (kept === undefined) throw new SluiceError("not_found", "There is no dead letter with this digest.");
      return viewDeadLetter(kept.letter);
    },
  });
}

/** @throws BadParameters when the cursor holds something else */
function positionOf(after: string[] | undefined): number {
  if (after === undefined) return 0;
  const position = Number(after[0]);
  if (Number.isSafeInteger(position) && position >= 0) return position;
  throw new BadParameters([{ parameter: "cursor", message: "does not belong to this question" }]);
}
