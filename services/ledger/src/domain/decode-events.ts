import { createHash } from "node:crypto";
import { type DecisionEvent, decisionEventSchema } from "@sluice/contracts/decision-event";
import { eventSubjects } from "@sluice/contracts/subjects";
import { type UsageEvent, usageEventSchema } from "@sluice/contracts/usage-event";
import { z } from "zod";

/** A message of the event stream. */
export interface EventMessage {
  subject: string;
  data: Uint8Array;
  streamSequence: number;
  publishedAtMs: number;
}

/** An event that can't be booked, kept so that nothing is lost. */
export interface RejectedEvent {
  /** SHA-256 over subject and data, hex: the same event again is the same row. */
  digest: string;
  subject: string;
  data: Uint8Array;
  /** What is wrong, without the values themselves. */
  reason: string;
  streamSequence: number;
  publishedAtMs: number;
}

/** An event with what is needed to reject it later on. */
export interface Decoded<Event> {
  event: Event;
  source: EventMessage;
}

export interface DecodedEvents {
  usage: Decoded<UsageEvent>[];
  decisions: Decoded<DecisionEvent>[];
  rejected: RejectedEvent[];
}

const batchSchema = z.object({ events: z.array(z.unknown()).min(1) });
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads the events out of messages. Each event stands for itself: one that is malformed doesn't take the
 * others of its message with it.
 */
export function decodeEvents(messages: readonly EventMessage[]): DecodedEvents {
  const decoded: DecodedEvents = { usage: [], decisions: [], rejected: [] };
  for (const message of messages) decodeMessage(message, decoded);
  return decoded;
}

function decodeMessage(message: EventMessage, decoded: DecodedEvents): void {
  if (message.subject !== eventSubjects.usage && message.subject !== eventSubjects.decision) {
    decoded.rejected.push(rejectEvent(message, "unknown subject"));
    return;
  }
  let json: unknown;
  try {
    json = JSON.parse(decoder.decode(message.data), asStorableText);
  } catch {
    decoded.rejected.push(rejectEvent(message, "not JSON in UTF-8"));
    return;
  }
  const batch = batchSchema.safeParse(json);
  if (!batch.success) {
    decoded.rejected.push(rejectEvent(message, describe(batch.error)));
    return;
  }
  for (const event of batch.data.events) {
    if (message.subject === eventSubjects.usage) {
      decodeEvent(usageEventSchema, event, message, decoded.usage, decoded.rejected);
    } else {
      decodeEvent(decisionEventSchema, event, message, decoded.decisions, decoded.rejected);
    }
  }
}

function decodeEvent<Event>(
  schema: z.ZodType<Event>,
  value: unknown,
  message: EventMessage,
  accepted: Decoded<Event>[],
  rejected: RejectedEvent[],
): void {
  const source = { ...message, data: new TextEncoder().encode(JSON.stringify({ events: [value] })) };
  const parsed = schema.safeParse(value);
  if (parsed.success) accepted.push({ event: parsed.data, source });
  else rejected.push(rejectEvent(source, describe(parsed.error)));
}

/** Marks an event as one that can't be booked. */
export function rejectEvent(message: EventMessage, reason: string): RejectedEvent {
  const digest = createHash("sha256").update(message.subject).update("\0").update(message.data).digest("hex");
  const { subject, data, streamSequence, publishedAtMs } = message;
  return { digest, subject, data, reason, streamSequence, publishedAtMs };
}

/** Paths and codes only: a message of zod may quote the value. */
function describe(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join(".") || "event"}: ${issue.code}`).join("; ");
}

/** Postgres can hold neither U+0000 nor half a surrogate pair; what has one in a name must still be booked. */
function asStorableText(_key: string, value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll("\0", "").toWellFormed() : value;
}
