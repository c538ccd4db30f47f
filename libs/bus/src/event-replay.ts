import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { eventStream } from "@sluice/contracts/subjects";
import { AckPolicy, type Consumer, DeliverPolicy, type JsMsg, nanos } from "nats";
import type { BusConnection } from "./bus.ts";
import { connectionOf } from "./internal/connection.ts";
import { type StoredEvent, storedEvent } from "./internal/stored-event.ts";

export interface ReplayOptions {
  /** Position of the first event that is read. */
  from: number;
  /** Position of the last one; events that come after it are left alone. */
  to: number;
  /** Events handed over at once at most. @default 250 */
  maxBatch?: number;
  /** Ends the replay: it then rejects with the signal's reason. */
  signal?: AbortSignal;
  /** The next events are read when it resolves; when it rejects, so does the replay. */
  handler: (events: StoredEvent[]) => Promise<void>;
}

/** How long one pull waits for events; there are some, so it lasts so long only when the stream is away. */
const pullMs = 2_000;
/** Without an event for so long, the replay is given up. */
const patienceMs = 30_000;
const pauseMs = 500;
/** A consumer that nobody pulls from goes after this time, should its reader die. */
const inactiveMs = 60_000;

/**
 * Reads the event stream from some position to another, in order and without a gap, beside the ledger's durable
 * consumer and without a trace in it. Goes on over reconnects.
 * @throws SluiceError `bus_unavailable` when the stream gives nothing for 30 s; what the handler throws
 */
export async function replayEvents(bus: BusConnection, options: ReplayOptions): Promise<void> {
  let next = options.from;
  let heardAtMs = performance.now();
  while (next <= options.to) {
    try {
      for await (const events of batchesFrom(bus, next, options)) {
        await handing(() => options.handler(events));
        next = (events.at(-1)?.streamSequence ?? options.to) + 1;
        heardAtMs = performance.now();
      }
      return;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof HandlerFailure) throw error.cause;
      if (performance.now() - heardAtMs > patienceMs) {
        throw new SluiceError("bus_unavailable", "The event stream could not be read.", { cause: error });
      }
      bus.logger.warn({ err: error, next }, "reading the event stream again was broken off; it goes on");
      await sleep(pauseMs);
    }
  }
}

/** Batches up to the end, from a consumer of their own. @throws when the stream breaks off or leaves a gap */
async function* batchesFrom(
  bus: BusConnection,
  from: number,
  { to, maxBatch = 250, signal }: ReplayOptions,
): AsyncGenerator<StoredEvent[]> {
  const consumer = await openConsumer(bus, from);
  try {
    let delivered = 0;
    for (let done = false; !done; ) {
      signal?.throwIfAborted();
      const messages = await pull(consumer, maxBatch);
      for (const message of messages) {
        if (message.info.deliverySequence !== ++delivered) throw new Error("the stream left a gap");
      }
      const last = messages.at(-1);
      // The last events of a stream may have been deleted: then it ends before the position that was asked for.
      done = last === undefined ? await isExhausted(consumer) : last.seq >= to || last.info.pending === 0;
      const events = messages.filter((message) => message.seq <= to).map(storedEvent);
      if (events.length > 0) yield events;
    }
  } finally {
    await consumer.delete().catch(() => false);
  }
}

async function openConsumer(bus: BusConnection, from: number): Promise<Consumer> {
  const connection = connectionOf(bus);
  const manager = await connection.jetstreamManager({ checkAPI: false });
  const { name } = await manager.consumers.add(eventStream.name, {
    name: `replay_${crypto.randomUUID()}`,
    ack_policy: AckPolicy.None,
    filter_subject: eventStream.subjects,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
    inactive_threshold: nanos(inactiveMs),
    mem_storage: true,
    num_replicas: 1,
  });
  return await connection.jetstream().consumers.get(eventStream.name, name);
}

async function pull(consumer: Consumer, maxBatch: number): Promise<JsMsg[]> {
  const messages: JsMsg[] = [];
  for await (const message of await consumer.fetch({ max_messages: maxBatch, expires: pullMs })) {
    messages.push(message);
    // What is there has come: no need to wait for more.
    if (message.info.pending === 0) break;
  }
  return messages;
}

/** @throws when there are events that did not come */
async function isExhausted(consumer: Consumer): Promise<boolean> {
  const { num_pending } = await consumer.info();
  if (num_pending > 0) throw new Error("the stream gave no event");
  return true;
}

/** Tells what the handler throws from what the stream does. */
class HandlerFailure extends Error {
  override readonly name = "HandlerFailure";
}

async function handing(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new HandlerFailure("the events were not taken", { cause });
  }
}
