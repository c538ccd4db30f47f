import { createHash, randomUUID } from "node:crypto";

/**
 * An id for a tool call whose provider gave none. The same reply gives the same ids again; without an id
 * of the reply they are random. At most 40 characters, which is OpenAI's limit.
 */
export function makeToolCallId(replyId: string | undefined, candidate: number, call: number): string {
  const seed = replyId === undefined ? randomUUID() : `${replyId}/${candidate}/${call}`;
  return `call_${createHash("sha256").update(seed).digest("hex").slice(0, 24)}`;
}
