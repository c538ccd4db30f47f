import { eventStream, ledgerConsumer } from "@sluice/contracts/subjects";
import { type Consumer, ErrorCode, type JsMsg, NatsError } from "nats";
import type { Bus } from "./bus.ts";
import { connectionOf } from "./internal/connection.ts";
import { type StoredEvent, storedEvent } from "./internal/stored-event.ts";

export type { StoredEvent } from "./internal/stored-event.ts";

export interface ConsumeEventsOptions {
  /** Events handed over at once at most. @default 500 */
  maxBatch?: number;
  /**
   * How long a batch that is not full waits for more. Writing a hundred events at once costs little more than
   * writing one, and the readers of the events are in no hurry.
   * @default 0 (what came in the same turn)
   */
  gatherMs?: number;
  /** Acknowledged when it resolves, delivered again later when it rejects. */
  handler: (events: StoredEvent[]) => Promise<void>;
  /** Pause before a batch that failed is delivered again. @default 1000 */
  retryDelayMs?: number;
}

export interface EventConsumer {
  /** Takes no more; resolves when the batch at hand is through. */
  stop(): Promise<void>;
}

/** How long a pull request lasts; a stream that was away is asked again after it at the latest. */
const pullMs = 5000;
/** How often the bus is asked for the consumer, 5 s each, before the start is given up. */
const timesAsked = 3;

/**
 * Reads the event stream as the ledger's durable consumer, one batch at a time: what came in while a batch
 * was handled is the next batch. While a batch is in hand, a few more are fetched and no further ones. Goes on
 * over reconnects. Several processes share the consumer.
 */
export async function consumeEvents(bus: Bus, options: ConsumeEventsOptions): Promise<EventConsumer> {
  const maxBatch = options.maxBatch ?? 500;
  const consumer = await findConsumer(bus);
  // Iterated, not called back: the client asks for more only as the iteration goes on.
  const messages = await consumer.consume({ max_messages: maxBatch * 2, expires: pullMs });
  let batch: JsMsg[] = [];
  let batchTaken = Promise.withResolvers<void>();
  let working: Promise<void> | undefined;
  let stopped = false;
  let gathered: () => void = () => {};

  const gather = (): Promise<void> =>
    new Promise((resolve) => {
      if (stopped || batch.length >= maxBatch) {
        resolve();
        return;
      }
      const timer = setTimeout(resolve, options.gatherMs ?? 0);
      gathered = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const work = async (): Promise<void> => {
    while (batch.length > 0) {
      await gather();
      const events = batch;
      batch = [];
      batchTaken.resolve();
      batchTaken = Promise.withResolvers();
      if (stopped) giveBack(bus, events, 0);
      else await handle(bus, events, options);
    }
    working = undefined;
  };
  const read = async (): Promise<void> => {
    for await (const message of messages) {
      batch.push(message);
      working ??= work();
      if (batch.length < maxBatch) continue;
      gathered();
      await batchTaken.promise;
    }
  };
  const reading = read().catch((error: unknown) => bus.logger.error({ err: error }, "reading events ended"));
  return {
    stop: async () => {
      stopped = true;
      gathered();
      await Promise.all([messages.close(), reading]);
      await working;
    },
  };
}

/** Asked again when there is no answer: a process that was busy with its start may have lost the bus meanwhile. */
async function findConsumer(bus: Bus): Promise<Consumer> {
  for (let asked = 1; ; asked++) {
    try {
      return await connectionOf(bus).jetstream().consumers.get(eventStream.name, ledgerConsumer);
    } catch (error) {
      const unanswered = error instanceof NatsError && error.code === ErrorCode.Timeout;
      if (!unanswered || asked === timesAsked) throw error;
    }
  }
}

async function handle(bus: Bus, batch: JsMsg[], options: ConsumeEventsOptions): Promise<void> {
  try {
    await options.handler(batch.map(storedEvent));
  } catch (error) {
    bus.logger.error({ err: error, events: batch.length }, "events were not taken; they will come again");
    giveBack(bus, batch, options.retryDelayMs ?? 1000);
    return;
  }
  telling(bus, () => {
    for (const message of batch) message.ack();
  });
}

function giveBack(bus: Bus, batch: JsMsg[], delayMs: number): void {
  telling(bus, () => {
    for (const message of batch) message.nak(delayMs);
  });
}

/** On a bus that is closed nothing can be said; the stream delivers again what it has heard nothing of. */
function telling(bus: Bus, tell: () => void): void {
  try {
    tell();
  } catch (error) {
    bus.logger.warn({ err: error }, "events could not be acknowledged; they will come again");
  }
}
