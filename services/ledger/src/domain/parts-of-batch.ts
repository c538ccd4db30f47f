import type { EventMessage } from "./event-message.ts";

/** PGlite does nothing else while it writes, and a transaction of a megabyte takes it some hundred milliseconds. */
const mostBytes = 1024 * 1024;

/**
 * Cuts a batch into what one transaction should write: a message may hold some hundred events, and a batch some
 * hundred messages.
 */
export function partsOfBatch<Message extends EventMessage>(messages: readonly Message[]): Message[][] {
  const parts: Message[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    bytes += message.data.length;
    if (bytes > mostBytes) {
      parts.push([]);
      bytes = message.data.length;
    }
    parts.at(-1)?.push(message);
  }
  return parts;
}
