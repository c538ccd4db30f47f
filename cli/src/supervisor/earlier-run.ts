import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isAlive } from "@sluice/servers/process-alive";
import { z } from "zod";
import { CommandError } from "../command-error.ts";
import { readFileIfThere, writePrivateFile } from "./private-file.ts";

const recordSchema = z.array(z.object({ service: z.string(), pid: z.int().positive() }));
export type ProcessRecord = z.infer<typeof recordSchema>;

/** Longer than a service may take to drain after its supervisor was killed. */
const patienceMs = 15_000;
const checkIntervalMs = 100;

function recordFile(dataDir: string): string {
  return join(dataDir, "processes.json");
}

/** Notes which processes use the data folder, for a run that may have to wait for them. */
export function recordProcesses(dataDir: string, processes: ProcessRecord): void {
  writePrivateFile(recordFile(dataDir), `${JSON.stringify(processes)}\n`);
}

/**
 * Waits until the processes of a run that was killed have ended: two servers on the same files would damage them.
 * @throws CommandError naming those that do not end
 */
export async function waitForEarlierRun(dataDir: string, tell: (line: string) => void): Promise<void> {
  const file = recordFile(dataDir);
  const text = readFileIfThere(file);
  if (text === undefined) return;
  const record = recordSchema.safeParse(parseJson(text));
  if (!record.success) return;
  const writtenAtMs = statSync(file).mtimeMs;
  const left = () => record.data.filter(({ pid }) => isAlive(pid) && !isYoungerThan(pid, writtenAtMs));

  if (left().length > 0) tell("Waiting for the processes of an earlier run to end.");
  const deadline = performance.now() + patienceMs;
  while (left().length > 0 && performance.now() < deadline) await delay(checkIntervalMs);
  const stuck = left();
  if (stuck.length === 0) return;
  const names = stuck.map(({ service, pid }) => `${service} (process ${pid})`).join(", ");
  throw new CommandError(
    `Of an earlier run in ${dataDir}, ${names} still runs: end it with kill ${stuck.map(({ pid }) => pid).join(" ")}.`,
  );
}

/** Whether a process began after a moment: then it only got the number of one that has ended. Linux only. */
function isYoungerThan(pid: number, momentMs: number): boolean {
  try {
    // Field 22 counts ticks since boot, 100 a second on every Linux; the name before it may hold spaces.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
    const [, bootSeconds] = /^btime (\d+)$/m.exec(readFileSync("/proc/stat", "utf8")) ?? [];
    const marginMs = 2000;
    return Number(bootSeconds) * 1000 + ticks * 10 > momentMs + marginMs;
  } catch {
    return false;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
