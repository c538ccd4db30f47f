import type { Bus } from "@sluice/bus/bus";
import { keepDeadLetters } from "@sluice/bus/dead-letters";
import type { EventSinks } from "./record-events.ts";
import type { Reporters } from "./report-recorded.ts";

/** Keeps dead letters in their stream, and tells when that can't be done: the events behind them come again then. */
export function keepingDeadLetters(
  bus: Bus,
  { logger, metrics }: Pick<Reporters, "logger" | "metrics">,
): EventSinks["keepDeadLetters"] {
  return async (letters) => {
    try {
      await keepDeadLetters(bus, letters);
    } catch (error) {
      metrics.deadLetterFailures.add(letters.length);
      logger.error(
        { err: error, alert: "dead_letter", letters: letters.length },
        "events that can't be booked could not be kept; they will come again",
      );
      throw error;
    }
  };
}
