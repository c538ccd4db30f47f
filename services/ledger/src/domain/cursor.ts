import { createHash } from "node:crypto";
import { z } from "zod";

const cursorSchema = z.strictObject({
  /** What the cursor belongs to. */
  query: z.string(),
  /** Sort key of the last row of the page before. */
  after: z.array(z.string()).min(1),
});

/**
 * A place in a list: the sort key of the last row that was given out. Rows that are added later don't move
 * it, so no row is given out twice and none is left out. Opaque to the client.
 *
 * @param query What was asked, without cursor and limit: a cursor is good for the same question only.
 */
export function encodeCursor(query: unknown, after: readonly string[]): string {
  return Buffer.from(JSON.stringify({ query: fingerprint(query), after })).toString("base64url");
}

/** @returns undefined when the text is not a cursor of this query. */
export function decodeCursor(query: unknown, text: string): string[] | undefined {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(text, "base64url").toString());
  } catch {
    return undefined;
  }
  const cursor = cursorSchema.safeParse(json);
  return cursor.success && cursor.data.query === fingerprint(query) ? cursor.data.after : undefined;
}

function fingerprint(query: unknown): string {
  return createHash("sha256").update(JSON.stringify(query)).digest("base64url").slice(0, 16);
}
