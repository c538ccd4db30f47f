import { setTimeout as sleep } from "node:timers/promises";
import type { Bus } from "@sluice/bus/bus";
import { consumeEvents, type StoredEvent } from "@sluice/bus/event-consumer";
import type { EntryStore } from "../adapters/entry-store.ts";
import type { PriceSource } from "../domain/price-source.ts";
import { recordEvents } from "./record-events.ts";
import { type Reporters, reportRecorded } from "./report-recorded.ts";

/**
 * A transaction costs the database about as much for one event as for a hundred, and on a small machine it
 * takes that from the requests: few transactions, each of what came in the meantime.
 */
const gatherMs = 200;
/** Pauses while the database is away; well below the 10 s after which the stream delivers again by itself. */
const firstPauseMs = 100;
const longestPauseMs = 5_000;

/** How far the ledger is behind the stream. */
export class ConsumerProgress {
  /** Events that the stream still had after the last batch. */
  pending = 0;
  /** Whether the last batch could not be written. */
  failing = false;

  /** Whether everything that is in the stream is in the database too, as far as is known. */
  get caughtUp(): boolean {
    return this.pending === 0 && !this.failing;
  }
}

export interface UsageConsumerOptions {
  bus: Bus;
  store: EntryStore;
  prices: PriceSource;
  reporters: Reporters;
  progress: ConsumerProgress;
}

export interface UsageConsumer {
  /** Takes no more events; resolves when those at hand are in the database, or given back to the stream. */
  stop(): Promise<void>;
}

/**
 * Books the events of the stream, batch by batch. A batch is acknowledged after its commit; one that can't
 * be written is given back, and the pauses between the tries grow while the database is away.
 */
export async function consumeUsage(options: UsageConsumerOptions): Promise<UsageConsumer> {
  const { store, prices, reporters, progress } = options;
  const stopping = new AbortController();
  let pauseMs = firstPauseMs;
  const handler = async (events: StoredEvent[]): Promise<void> => {
    const startTimeMs = Date.now();
    const recorded = await recordEvents(store, prices, events).catch(async (error: unknown) => {
      progress.failing = true;
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      throw error;
    });
    progress.pending = events.at(-1)?.pending ?? 0;
    progress.failing = false;
    pauseMs = firstPauseMs;
    reportRecorded(recorded, startTimeMs, reporters);
  };
  const consumer = await consumeEvents(options.bus, { handler, gatherMs });
  return {
    stop: async () => {
      stopping.abort();
      await consumer.stop();
    },
  };
}
