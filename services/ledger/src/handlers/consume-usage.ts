import { setTimeout as sleep } from "node:timers/promises";
import type { Bus } from "@sluice/bus/bus";
import { consumeEvents, type StoredEvent } from "@sluice/bus/event-consumer";
import { partsOfBatch } from "../domain/parts-of-batch.ts";
import type { StreamClock } from "../domain/stream-clock.ts";
import { type EventSinks, recordEvents } from "./record-events.ts";
import { type Reporters, reportRecorded } from "./report-recorded.ts";

/**
 * A transaction costs the database about as much for one event as for a hundred, and on a small machine it
 * takes that from the requests: few transactions, each of what came in the meantime.
 */
const gatherMs = 200;
/** Pauses while the database is away; well below the 10 s after which the stream delivers again by itself. */
const firstPauseMs = 100;
const longestPauseMs = 5_000;

export interface UsageConsumerOptions {
  bus: Bus;
  sinks: EventSinks;
  reporters: Reporters;
  /** Told of each event that is read. */
  clock: StreamClock;
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
  const { sinks, reporters, clock } = options;
  const stopping = new AbortController();
  let pauseMs = firstPauseMs;
  const handler = async (events: StoredEvent[]): Promise<void> => {
    for (const { publishedAtMs } of events) clock.observe(publishedAtMs);
    try {
      for (const part of partsOfBatch(events)) {
        const startTimeMs = Date.now();
        reportRecorded(await recordEvents(sinks, part), startTimeMs, reporters);
      }
      pauseMs = firstPauseMs;
    } catch (error) {
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      throw error;
    }
  };
  const consumer = await consumeEvents(options.bus, { handler, gatherMs });
  return {
    stop: async () => {
      stopping.abort();
      await consumer.stop();
    },
  };
}
