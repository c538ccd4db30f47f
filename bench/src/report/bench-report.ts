import { allMeasurements } from "../measurements/all-measurements.ts";
import { cpuPrefix, memoryPrefix } from "../measurements/sample-book.ts";
import { formatNumber, formatSamples } from "./format-figure.ts";
import type { GoalResult } from "./goals.ts";
import { machineLines } from "./machine-lines.ts";
import { markdownTable } from "./markdown-table.ts";
import type { BenchResult } from "./result.ts";
import { isOfBench, serviceRows } from "./service-rows.ts";

/** Writes a run of the bench for people. */
export function benchReport(result: BenchResult): string {
  const { parameters } = result;
  const { rounds, seconds } = parameters;
  return `# Benchmark of ${result.startedAt.slice(0, 10)}

${machineLines(result.machine)}

${rounds} ${rounds === 1 ? "round" : "rounds"} of ${seconds} s a load, all targets in turns, on one upstream; medians, and in brackets the lowest and the highest round. \`mesh\` and \`compact\` have everything on: key check, guard in both directions, ledger, metrics, traces of 1%. [What each number means](../README.md).

${figuresTable(result)}
${goalsPart(result.goals)}${servicesPart(result)}
## Mind

- One machine does everything: the load, the upstream, and what is measured share its cores. A target with several processes pays for that, and a faster load generator would make all of them look faster.
- Others on the machine show as wide ranges, and in the row that tells their CPU: a peer that is given by URL is among them. The ratios are worth more than the figures, and neither is worth much outside this machine.
- Portkey is one process that keeps no ledger and inspects nothing; Sluice does both here. The proxy does nothing at all.
`;
}

function figuresTable({ parameters, samples }: BenchResult): string {
  const rows = parameters.only.flatMap((name) =>
    allMeasurements[name].figures.map(({ key, title, unit, digits, isAdded }) => [
      `${title} (${unit})`,
      ...parameters.targets.map((target) =>
        isAdded && target === "direct" ? "0" : formatSamples(samples[target]?.[key], digits),
      ),
    ]),
  );
  return markdownTable(["", ...parameters.targets], rows);
}

function goalsPart(results: readonly GoalResult[]): string {
  const rows = results
    .filter(({ reached }) => reached !== undefined)
    .map(({ title, of, against, want, ratio, reached, isMet }) => [
      `${of} / ${against}: ${title}`,
      `${want === "least" ? "≥" : "≤"} ${ratio}×`,
      `${formatNumber(reached ?? Number.NaN, 2)}×`,
      isMet ? "yes" : "**no**",
    ]);
  if (rows.length === 0) return "";
  return `\n## Goals\n\nRatios of medians.\n\n${markdownTable(["", "goal", "reached", "met"], rows)}\n`;
}

function servicesPart({ samples, residentBytesAtRest }: BenchResult): string {
  const cpu = serviceRows(samples, cpuPrefix);
  if (cpu.length === 0) return "";
  const memory = serviceRows(samples, memoryPrefix);
  const rows = cpu.map(({ target, service, median }) => {
    const loaded = memory.find((row) => row.target === target && row.service === service)?.median;
    const atRest = residentBytesAtRest[target] ?? {};
    const restBytes =
      service === "all of it"
        ? Object.values(atRest).reduce((sum, bytes) => sum + bytes, 0)
        : (atRest[service] ?? Number.NaN);
    return [
      `${target}: ${isOfBench(service) ? `_${service}_` : service}`,
      formatNumber(median, 0),
      formatNumber(restBytes / 1024 ** 2, 0),
      formatNumber(loaded ?? Number.NaN, 0),
    ];
  });
  return `
## CPU and memory

CPU time for one request, in microseconds, at 64 connections, from the first request until the last work that it caused was done; memory (resident set) before the first request and the most under that load, in MiB.

${markdownTable(["", "CPU µs/request", "MiB at rest", "MiB under load"], rows)}
`;
}
