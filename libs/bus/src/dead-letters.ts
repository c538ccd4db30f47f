import { type DeadLetter, deadLetterSchema } from "@sluice/contracts/dead-letter";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { deadLetterStream } from "@sluice/contracts/subjects";
import type { BusConnection } from "./bus.ts";
import { connectionOf, oncePerBus } from "./internal/connection.ts";
import { findMessage, type MessageQuery } from "./internal/find-message.ts";
import { decodeJson, encodeJson } from "./internal/json-payload.ts";

/** How long the stream may take to keep one. */
const ackTimeoutMs = 5000;

const managerOf = oncePerBus((bus: BusConnection) => connectionOf(bus).jetstreamManager({ checkAPI: false }));

/** A dead letter in its place among the others. */
export interface KeptDeadLetter {
  letter: DeadLetter;
  /** Position in the stream of dead letters; one that is met again moves to the end. */
  sequence: number;
}

/**
 * Keeps dead letters; one that is there already takes the place of itself. An event that is too large to be carried
 * by a letter is left out of it: the event stream has it, and never throws one away.
 * @throws SluiceError `bus_unavailable` when the stream does not acknowledge every one of them
 */
export async function keepDeadLetters(bus: BusConnection, letters: readonly DeadLetter[]): Promise<void> {
  const connection = connectionOf(bus);
  const jetstream = connection.jetstream();
  const largestBytes = connection.info?.max_payload ?? 0;
  for (const letter of letters) {
    const payload = encodeJson(letter);
    const fitting = payload.length <= largestBytes ? payload : encodeJson(withoutData(letter));
    await reaching("kept", () =>
      jetstream.publish(deadLetterStream.subjectOf(letter.digest), fitting, { timeout: ackTimeoutMs }),
    );
  }
}

function withoutData(letter: DeadLetter): DeadLetter {
  const reason = `${letter.reason} (too large for a letter; it is in the event stream at its sequence)`;
  return { ...letter, reason, data: "" };
}

/**
 * Reads dead letters in their order.
 * @param after position of the last one that was read. @default 0 (from the first on)
 * @throws SluiceError `bus_unavailable`
 */
export async function listDeadLetters(
  bus: BusConnection,
  limit: number,
  after = 0,
): Promise<KeptDeadLetter[]> {
  const found: KeptDeadLetter[] = [];
  let position = after;
  while (found.length < limit) {
    const next = await readLetter(bus, { seq: position + 1, next_by_subj: deadLetterStream.subjects });
    if (next === undefined) break;
    position = next.sequence;
    found.push(next);
  }
  return found;
}

/** @returns undefined when there is none. @throws SluiceError `bus_unavailable` */
export async function findDeadLetter(
  bus: BusConnection,
  digest: string,
): Promise<KeptDeadLetter | undefined> {
  return await readLetter(bus, { last_by_subj: deadLetterStream.subjectOf(digest) });
}

async function readLetter(bus: BusConnection, query: MessageQuery): Promise<KeptDeadLetter | undefined> {
  const message = await reaching("read", async () => {
    const manager = await managerOf(bus);
    return await findMessage(manager, deadLetterStream.name, query);
  });
  if (message === undefined) return undefined;
  return { letter: decodeJson("event", message.data, deadLetterSchema), sequence: message.seq };
}

async function reaching<T>(what: "kept" | "read", work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new SluiceError("bus_unavailable", `Dead letters could not be ${what}.`, {
      cause,
      retryAfterMs: 1000,
    });
  }
}
