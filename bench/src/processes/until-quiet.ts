import { setTimeout as delay } from "node:timers/promises";
import { readUsage, totalCpuMs, type WatchedProcess } from "./usage.ts";

const lookEveryMs = 250;
/** Less than so much of one core is rest: heartbeats, and metrics once a second. */
const quietShare = 0.12;

/**
 * Waits until processes have nothing left to do: work that was put off (such as booking) belongs to the load that
 * caused it, and must not run on beside the next one.
 * @returns how long that took, more or less; at most `patienceMs`, and 0 where there are no processes
 */
export async function untilQuiet(processes: readonly WatchedProcess[], patienceMs = 60_000): Promise<number> {
  if (processes.length === 0) return 0;
  const startedAtMs = performance.now();
  let quietLooks = 0;
  let before = totalCpuMs(readUsage(processes));
  while (quietLooks < 2 && performance.now() - startedAtMs < patienceMs) {
    await delay(lookEveryMs);
    const now = totalCpuMs(readUsage(processes));
    quietLooks = (now - before) / lookEveryMs < quietShare ? quietLooks + 1 : 0;
    before = now;
  }
  return Math.max(0, performance.now() - startedAtMs - quietLooks * lookEveryMs);
}
