import { cpuPrefix, type Samples } from "../measurements/sample-book.ts";
import { formatNumber, formatSamples } from "../report/format-figure.ts";
import type { Machine } from "../report/machine.ts";
import { machineLines } from "../report/machine-lines.ts";
import { markdownTable } from "../report/markdown-table.ts";
import { median } from "../report/median.ts";
import { isOfBench, serviceRows } from "../report/service-rows.ts";
import { limitFigures } from "./limit-figures.ts";

export interface LimitsRun {
  startedAt: string;
  machine: Machine;
  rounds: number;
  seconds: number;
  /** Names of the cases, the one that the others are compared with first. */
  cases: readonly string[];
  samples: Samples;
}

/** Writes what limits and the cache add to a request for people. */
export function limitsReport({ startedAt, machine, rounds, seconds, cases, samples }: LimitsRun): string {
  const [base = "", ...others] = cases;
  return `# Limits and cache, ${startedAt.slice(0, 10)}

${machineLines(machine)}

One mesh with a route for each case, ${rounds} ${rounds === 1 ? "round" : "rounds"} of ${seconds} s a load in turns; medians, and in brackets the lowest and the highest round. All requests have the same key, of a team and a user; each prompt is another one, but where the cache has it.

${markdownTable(["", ...cases], [...limitFigures.map(figureRow), ...services().map(cpuRow)])}

What is added to "${base}", as the median of the differences of each round:

${markdownTable(
  ["", ...others],
  [
    ...limitFigures
      .filter(({ unit }) => unit === "ms")
      .map(({ key, title, digits }) => addedRow(`${title} (ms)`, key, digits)),
    ["Requests/s, ratio", ...others.map((name) => `${ratioOf(name, "requestsPerSecond")}×`)],
    ...services().map((service) => addedRow(`CPU µs/request: ${service}`, cpuPrefix + service, 0)),
  ],
)}
`;

  function valuesOf(name: string, key: string): readonly number[] {
    return samples[name]?.[key] ?? [];
  }

  function services(): string[] {
    const rows = serviceRows(samples, cpuPrefix);
    return rows
      .filter(({ target, service }) => target === base && !isOfBench(service))
      .map(({ service }) => service);
  }

  function figureRow({ key, title, unit, digits }: (typeof limitFigures)[number]): string[] {
    return [`${title} (${unit})`, ...cases.map((name) => formatSamples(valuesOf(name, key), digits))];
  }

  function cpuRow(service: string): string[] {
    const key = cpuPrefix + service;
    return [`CPU µs/request: ${service}`, ...cases.map((name) => formatSamples(valuesOf(name, key), 0))];
  }

  function addedRow(title: string, key: string, digits: number): string[] {
    const cells = others.map((name) => {
      const before = valuesOf(base, key);
      const added = valuesOf(name, key).map((value, round) => value - (before[round] ?? Number.NaN));
      return formatSamples(added, digits);
    });
    return [title, ...cells];
  }

  function ratioOf(name: string, key: string): string {
    const before = valuesOf(base, key);
    const ratios = valuesOf(name, key).map((value, round) => value / (before[round] ?? Number.NaN));
    return formatNumber(median(ratios), 2);
  }
}
