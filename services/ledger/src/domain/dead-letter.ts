import { createHash } from "node:crypto";
import type { DeadLetter } from "@sluice/contracts/dead-letter";
import type { EventMessage } from "./event-message.ts";

/**
 * Makes a dead letter of an event that can't be booked.
 * @param reason what is wrong with it, without its values
 */
export function deadLetterOf(message: EventMessage, reason: string): DeadLetter {
  const { subject, data, streamSequence, publishedAtMs } = message;
  const digest = createHash("sha256").update(subject).update("\0").update(data).digest("hex");
  return {
    digest,
    subject,
    reason,
    streamSequence,
    publishedAtMs,
    data: Buffer.from(data).toString("base64"),
  };
}

/** What an error is, without its message: that may quote the event. */
export function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
