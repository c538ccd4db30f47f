import type { FastifyReply, FastifyRequest } from "fastify";
import { writeCsv } from "../adapters/csv.ts";
import { BadParameters } from "../domain/api-error.ts";
import { decodeCursor, encodeCursor } from "../domain/cursor.ts";

export interface Page<Row> {
  rows: Row[];
  next: string | null;
}

/** Parameters of a list; all but these two make the question that a cursor belongs to. */
interface PagedQuery {
  cursor?: string | undefined;
  limit: number;
}

/**
 * Where the page asked for begins.
 * @param parts How many parts the sort key of this list has.
 * @throws BadParameters when the cursor is not one of this question
 */
export function readCursor(query: PagedQuery, parts: number): string[] | undefined {
  if (query.cursor === undefined) return undefined;
  const after = decodeCursor(questionOf(query), query.cursor);
  if (after?.length !== parts) {
    throw new BadParameters([{ parameter: "cursor", message: "does not belong to this question" }]);
  }
  return after;
}

/** The cursor of the page after; null when this was the last. */
export function writeCursor(query: PagedQuery, lastKey: readonly string[] | undefined): string | null {
  return lastKey === undefined ? null : encodeCursor(questionOf(query), lastKey);
}

/**
 * Writes a page as JSON, or as CSV where the client prefers that. The next page is named in the body of the
 * one, and in a `link` header of both.
 */
export function answerPage<Answer extends Page<object>>(
  request: FastifyRequest,
  reply: FastifyReply,
  page: Answer,
  columns: readonly string[],
): Answer | string {
  reply.header("vary", "accept");
  if (page.next !== null) {
    const url = new URL(request.url, "http://ledger");
    url.searchParams.set("cursor", page.next);
    reply.header("link", `<${url.pathname}${url.search}>; rel="next"`);
  }
  if (request.accepts().type(["application/json", "text/csv"]) === "text/csv") {
    reply.type("text/csv; charset=utf-8; header=present");
    return writeCsv(page.rows, columns);
  }
  reply.type("application/json; charset=utf-8");
  return page;
}

function questionOf(query: PagedQuery): object {
  const { cursor: _cursor, limit: _limit, ...question } = query;
  return question;
}
