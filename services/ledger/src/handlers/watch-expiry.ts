import type { EntryStore } from "../adapters/entry-store.ts";
import { expireEntries } from "./expire-entries.ts";
import { type RepeatedWork, repeatedly } from "./repeatedly.ts";
import { type Reporters, reportExpired } from "./report-recorded.ts";

export interface ExpiryOptions {
  store: EntryStore;
  reporters: Reporters;
  /** How long after its deadline a call may still settle. */
  graceMs: number;
  /** Pause between two looks. */
  intervalMs: number;
  /**
   * Until when everything is booked, by the stream's clock; undefined while that is not known. What is overdue
   * since then may simply be on its way.
   */
  bookedUntilMs(): number | undefined;
}

/** Looks again and again for entries that stay open past their deadline, and gives them up. */
export function watchExpiry(options: ExpiryOptions): RepeatedWork {
  const { store, reporters } = options;
  return repeatedly(async () => {
    const bookedUntilMs = options.bookedUntilMs();
    if (bookedUntilMs === undefined) return;
    try {
      reportExpired(await expireEntries(store, bookedUntilMs - options.graceMs), reporters);
    } catch (error) {
      reporters.logger.warn({ err: error }, "open entries could not be looked through; trying again later");
    }
  }, options.intervalMs);
}
