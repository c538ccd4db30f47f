import { type ChangeEvent, changeEventSchema } from "@sluice/contracts/change-event";
import type { DeadLetter } from "@sluice/contracts/dead-letter";
import { type DecisionEvent, decisionEventSchema } from "@sluice/contracts/decision-event";
import { type FeedbackEvent, feedbackEventSchema } from "@sluice/contracts/feedback-event";
import { changeSubject, eventSubjects } from "@sluice/contracts/subjects";
import { type UsageEvent, usageEventSchema } from "@sluice/contracts/usage-event";
import { z } from "zod";
import { deadLetterOf, nameOf } from "./dead-letter.ts";
import type { EventMessage } from "./event-message.ts";

/** An event with what is needed to make a dead letter of it later on. */
export interface Decoded<Event> {
  event: Event;
  publishedAtMs: number;
  /** Gives the event as if it had come alone. */
  source(): EventMessage;
}

export interface DecodedEvents {
  usage: Decoded<UsageEvent>[];
  decisions: Decoded<DecisionEvent>[];
  feedback: Decoded<FeedbackEvent>[];
  changes: Decoded<ChangeEvent>[];
  /** Those that can't be read. */
  deadLetters: DeadLetter[];
}

const batchSchema = z.object({ events: z.array(z.unknown()).min(1) });
const knownSubjects: ReadonlySet<string> = new Set([...Object.values(eventSubjects), changeSubject]);
const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

/**
 * Reads the events out of messages. Each event stands for itself: one that is malformed doesn't take the
 * others of its message with it.
 */
export function decodeEvents(messages: readonly EventMessage[]): DecodedEvents {
  const decoded: DecodedEvents = { usage: [], decisions: [], feedback: [], changes: [], deadLetters: [] };
  for (const message of messages) {
    try {
      decodeMessage(message, decoded);
    } catch (error) {
      // Our own fault, or JSON nested deeper than the stack is: it must not take the rest of the batch with it.
      decoded.deadLetters.push(deadLetterOf(message, `could not be read: ${nameOf(error)}`));
    }
  }
  return decoded;
}

function decodeMessage(message: EventMessage, decoded: DecodedEvents): void {
  if (!knownSubjects.has(message.subject)) {
    decoded.deadLetters.push(deadLetterOf(message, "unknown subject"));
    return;
  }
  let json: unknown;
  try {
    json = parseStorable(decoder.decode(message.data));
  } catch {
    decoded.deadLetters.push(deadLetterOf(message, "not JSON in UTF-8"));
    return;
  }
  const batch = batchSchema.safeParse(json);
  if (!batch.success) {
    decoded.deadLetters.push(deadLetterOf(message, describe(batch.error)));
    return;
  }
  for (const event of batch.data.events) {
    if (message.subject === eventSubjects.usage) {
      decodeEvent(usageEventSchema, event, message, decoded.usage, decoded.deadLetters);
    } else if (message.subject === changeSubject) {
      decodeEvent(changeEventSchema, event, message, decoded.changes, decoded.deadLetters);
    } else if (message.subject === eventSubjects.decision) {
      decodeEvent(decisionEventSchema, event, message, decoded.decisions, decoded.deadLetters);
    } else {
      decodeEvent(feedbackEventSchema, event, message, decoded.feedback, decoded.deadLetters);
    }
  }
}

function decodeEvent<Event>(
  schema: z.ZodType<Event>,
  value: unknown,
  message: EventMessage,
  accepted: Decoded<Event>[],
  deadLetters: DeadLetter[],
): void {
  const source = (): EventMessage => ({
    ...message,
    data: encoder.encode(JSON.stringify({ events: [value] })),
  });
  const parsed = schema.safeParse(value);
  if (parsed.success) accepted.push({ event: parsed.data, publishedAtMs: message.publishedAtMs, source });
  else deadLetters.push(deadLetterOf(source(), describe(parsed.error)));
}

/** Escapes that may stand for what a database can't hold; in UTF-8 itself there is neither. */
const suspect = /\\u(?:0000|d[89a-f])/i;

function parseStorable(text: string): unknown {
  return suspect.test(text) ? JSON.parse(text, asStorableText) : JSON.parse(text);
}

/** Paths and codes only: a message of zod may quote the value. */
function describe(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join(".") || "event"}: ${issue.code}`).join("; ");
}

/** Postgres can hold neither U+0000 nor half a surrogate pair; what has one in a name must still be booked. */
function asStorableText(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : value;
}
