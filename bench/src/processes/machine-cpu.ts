import { readFileSync } from "node:fs";

const msPerTick = 10;

/** CPU time that the whole machine has used since it was started, what a hypervisor took from it included. */
export function readMachineCpuMs(): number {
  return parseMachineCpuMs(readFileSync("/proc/stat", "utf8"));
}

/**
 * Reads the first line of `/proc/stat` (man proc): user, nice, system, idle, iowait, irq, softirq, steal. The two
 * fields behind them are counted in the first ones already.
 */
export function parseMachineCpuMs(text: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = text
    .slice(0, text.indexOf("\n"))
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) * msPerTick;
}
