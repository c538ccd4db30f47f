import type { Bus } from "@sluice/bus/bus";
import { type EventLag, readEventLag } from "@sluice/bus/event-lag";
import type { Logger } from "@sluice/telemetry/logger";
import type { StreamClock } from "../domain/stream-clock.ts";
import { StreamProgress } from "../domain/stream-progress.ts";
import { repeatedly } from "./repeatedly.ts";

const pollIntervalMs = 2_000;
/** From this part of its size on, the log says that the stream fills up. */
const alarmFill = 0.8;
/** How often it says so at most. */
const alarmIntervalMs = 60_000;

export interface StreamWatchOptions {
  bus: Bus;
  clock: StreamClock;
  logger: Logger;
  /** Called with each answer of the bus. */
  onLag(lag: EventLag): void;
}

export interface StreamWatch {
  /**
   * Until when, by the stream's clock, every event is booked; undefined while that is not known. An event of before
   * that is not there any more to come.
   */
  readonly bookedUntilMs: number | undefined;
  stop(): Promise<void>;
}

/** Asks the bus every two seconds how far the ledger is behind the stream, and how full that is. */
export function watchStream(options: StreamWatchOptions): StreamWatch {
  const { bus, clock, logger } = options;
  const progress = new StreamProgress();
  let alarmedMs = Number.NEGATIVE_INFINITY;
  let failing = false;

  const alarm = ({ bytes, limitBytes }: EventLag): void => {
    const nowMs = performance.now();
    if (bytes < limitBytes * alarmFill || nowMs - alarmedMs < alarmIntervalMs) return;
    alarmedMs = nowMs;
    logger.warn(
      { alert: "stream_filling", bytes, limitBytes },
      "the event stream fills up; when it is full, calls are refused or go unrecorded",
    );
  };
  const look = async (): Promise<void> => {
    if (!bus.connected) return;
    try {
      // Before the question: what the stream took until then is in the answer.
      const askedAtMs = clock.nowMs();
      const lag = await readEventLag(bus);
      if (lag.lastPublishedAtMs !== undefined) clock.observe(lag.lastPublishedAtMs);
      progress.observe(lag, askedAtMs);
      options.onLag(lag);
      alarm(lag);
      failing = false;
    } catch (error) {
      if (!failing) logger.warn({ err: error }, "how far the ledger is behind the stream is not known");
      failing = true;
    }
  };
  const polling = repeatedly(look, pollIntervalMs);
  return {
    get bookedUntilMs() {
      return progress.bookedUntilMs;
    },
    stop: () => polling.stop(),
  };
}
