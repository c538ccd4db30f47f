import { expect, test } from "vitest";
import { parseProcessStat } from "./proc-stat.ts";
import { cpuBetween, readUsage } from "./usage.ts";

const line = (name: string): string =>
  `4711 (${name}) S 1 4711 4711 0 -1 4194560 900 0 3 0 150 25 0 0 20 0 11 0 1234 1100000000 2048 18446744073709551615 1`;

test.each(["node", "a b", "odd) S 1 (name"])("reads CPU time and memory of a process named %j", (name) => {
  expect(parseProcessStat(line(name))).toEqual({ cpuMs: 1750, residentBytes: 2048 * 4096 });
});

test("adds up the processes of a service", () => {
  const one = readUsage([{ service: "x", pid: process.pid }]);
  const two = readUsage([
    { service: "x", pid: process.pid },
    { service: "x", pid: process.pid },
  ]);
  expect(two.x?.residentBytes).toBeGreaterThan(one.x?.residentBytes ?? 0);
});

test("a process that has ended is named", () => {
  expect(() => readUsage([{ service: "router", pid: 2 ** 30 }])).toThrow(/\(router\) has ended/);
});

test("CPU time between two readings is told by service", () => {
  const before = { a: { cpuMs: 10, residentBytes: 1 } };
  const after = { a: { cpuMs: 25, residentBytes: 1 }, b: { cpuMs: 5, residentBytes: 1 } };
  expect(cpuBetween(before, after)).toEqual({ a: 15, b: 5 });
});
