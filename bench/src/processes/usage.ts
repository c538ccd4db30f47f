import { readFileSync } from "node:fs";
import { BenchError } from "../bench-error.ts";
import { type ProcessStat, parseProcessStat } from "./proc-stat.ts";

/** A process that is looked at. */
export interface WatchedProcess {
  /** What it is, such as `router`; several may be the same. */
  service: string;
  pid: number;
}

/** By service: the sum over its processes. */
export type Usage = Record<string, ProcessStat>;

/** @throws BenchError when a process has ended: a target that lost one is not measured */
export function readUsage(processes: readonly WatchedProcess[]): Usage {
  const usage: Usage = {};
  for (const { service, pid } of processes) {
    const stat = readStat(service, pid);
    const before = usage[service];
    usage[service] =
      before === undefined
        ? stat
        : { cpuMs: before.cpuMs + stat.cpuMs, residentBytes: before.residentBytes + stat.residentBytes };
  }
  return usage;
}

/** CPU time of each service between two readings, in milliseconds. */
export function cpuBetween(before: Usage, after: Usage): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([service, { cpuMs }]) => [service, cpuMs - (before[service]?.cpuMs ?? 0)]),
  );
}

export function totalCpuMs(usage: Usage): number {
  return Object.values(usage).reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

function readStat(service: string, pid: number): ProcessStat {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch (cause) {
    throw new BenchError(`The process ${pid} (${service}) has ended while it was measured.`, { cause });
  }
}
