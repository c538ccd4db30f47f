import { setTimeout as sleep } from "node:timers/promises";
import type { EntryStore } from "../adapters/entry-store.ts";
import type { PriceSource } from "../domain/price-source.ts";
import { expireEntries } from "./expire-entries.ts";
import { type Reporters, reportExpired } from "./report-recorded.ts";

export interface ExpiryOptions {
  store: EntryStore;
  prices: PriceSource;
  reporters: Reporters;
  /** How long after its deadline a call may still settle: the clocks of two machines differ. */
  graceMs: number;
  /** Pause between two looks. */
  intervalMs: number;
  /** While the ledger is behind the stream, the missing event may simply be on its way. */
  isCaughtUp(): boolean;
}

export interface ExpiryWatch {
  stop(): Promise<void>;
}

/** Looks again and again for entries that stay open past their deadline, and gives them up. */
export function watchExpiry(options: ExpiryOptions): ExpiryWatch {
  const stopping = new AbortController();
  const running = run(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function run(options: ExpiryOptions, signal: AbortSignal): Promise<void> {
  const { store, prices, reporters } = options;
  while (await pause(options.intervalMs, signal)) {
    if (!options.isCaughtUp()) continue;
    try {
      reportExpired(await expireEntries(store, prices, Date.now() - options.graceMs), reporters);
    } catch (error) {
      reporters.logger.warn({ err: error }, "open entries could not be looked through; trying again later");
    }
  }
}

/** @returns false when the signal ended the pause */
async function pause(durationMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(durationMs, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
