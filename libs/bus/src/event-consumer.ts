import { eventStream, ledgerConsumer } from "@sluice/contracts/subjects";
import type { ConsumerMessages, JsMsg } from "nats";
import type { Bus } from "./bus.ts";
import { connectionOf } from "./internal/connection.ts";

/** A durable event as it is read back. */
export interface StoredEvent {
  subject: string;
  data: Uint8Array;
  /** Position in the stream; grows. */
  streamSequence: number;
  /** How often it has been delivered, this time included. */
  deliveries: number;
  /** When the stream took it, epoch milliseconds by the server's clock. */
  publishedAtMs: number;
  /** Events of the stream that are still to be delivered after this one. */
  pending: number;
}

export interface ConsumeEventsOptions {
  /** Events handed over at once at most. @default 500 */
  maxBatch?: number;
  /** Acknowledged when it resolves, delivered again later when it rejects. */
  handler: (events: StoredEvent[]) => Promise<void>;
  /** Pause before a batch that failed is delivered again. @default 1000 */
  retryDelayMs?: number;
}

export interface EventConsumer {
  /** Takes no more; resolves when the batch at hand is through. */
  stop(): Promise<void>;
}

/**
 * Reads the event stream as the ledger's durable consumer, one batch at a time: what came in while a batch
 * was handled is the next batch. Goes on over reconnects. Several processes share the consumer.
 */
export async function consumeEvents(bus: Bus, options: ConsumeEventsOptions): Promise<EventConsumer> {
  const maxBatch = options.maxBatch ?? 500;
  let waiting: JsMsg[] = [];
  let working: Promise<void> | undefined;
  let stopped = false;

  const work = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch);
      waiting = waiting.slice(maxBatch);
      try {
        await options.handler(batch.map(storedEvent));
        for (const message of batch) message.ack();
      } catch (error) {
        bus.logger.error({ err: error, events: batch.length }, "events were not taken; they will come again");
        for (const message of batch) message.nak(options.retryDelayMs ?? 1000);
      }
    }
    working = undefined;
  };
  const messages = await begin(bus, maxBatch, (message) => {
    if (stopped) return;
    waiting.push(message);
    // Messages that came in the same turn join the batch.
    working ??= new Promise<void>((resolve) => setImmediate(resolve)).then(work);
  });
  return {
    stop: async () => {
      stopped = true;
      await messages.close();
      const undelivered = waiting;
      waiting = [];
      for (const message of undelivered) message.nak();
      await working;
    },
  };
}

async function begin(
  bus: Bus,
  maxBatch: number,
  callback: (message: JsMsg) => void,
): Promise<ConsumerMessages> {
  const consumer = await connectionOf(bus).jetstream().consumers.get(eventStream.name, ledgerConsumer);
  return await consumer.consume({ max_messages: maxBatch * 2, callback });
}

function storedEvent(message: JsMsg): StoredEvent {
  return {
    subject: message.subject,
    data: message.data,
    streamSequence: message.seq,
    deliveries: message.info.deliveryCount,
    publishedAtMs: Math.floor(message.info.timestampNanos / 1e6),
    pending: message.info.pending,
  };
}
