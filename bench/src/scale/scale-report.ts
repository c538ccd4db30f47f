import { cpuPrefix, memoryPrefix, type Samples } from "../measurements/sample-book.ts";
import { formatNumber, formatSamples } from "../report/format-figure.ts";
import type { Machine } from "../report/machine.ts";
import { machineLines } from "../report/machine-lines.ts";
import { markdownTable } from "../report/markdown-table.ts";
import { median } from "../report/median.ts";
import { isOfBench, serviceRows } from "../report/service-rows.ts";
import { scaleFigures } from "./scale-figures.ts";

export interface ScaleRun {
  startedAt: string;
  machine: Machine;
  rounds: number;
  seconds: number;
  /** Names of the meshes, the one that the others are compared with first. */
  meshes: readonly string[];
  samples: Samples;
}

/** Writes what large configurations cost for people. */
export function scaleReport({ startedAt, machine, rounds, seconds, meshes, samples }: ScaleRun): string {
  return `# Large configurations, ${startedAt.slice(0, 10)}

${machineLines(machine)}

A mesh for each size, ${rounds} ${rounds === 1 ? "round" : "rounds"} of ${seconds} s a load in turns; medians, and in brackets the lowest and the highest round. The last columns are the ratios to the first mesh. Every request is for the route in the middle and has the key in the middle. A change is in force when \`sluice apply --wait\` has ended, the start of that command included; it looks twice a second.

${markdownTable(
  ["", ...meshes, ...meshes.slice(1).map((name) => `ratio: ${name}`)],
  [
    ...scaleFigures.map(({ key, title, unit, digits }) => row(`${title} (${unit})`, key, digits)),
    ...serviceTitles(cpuPrefix).map((service) => row(`CPU µs/request: ${service}`, cpuPrefix + service, 0)),
    ...serviceTitles(memoryPrefix).map((service) =>
      row(`MiB under load: ${service}`, memoryPrefix + service, 0),
    ),
  ],
)}
`;

  function serviceTitles(prefix: string): string[] {
    const rows = serviceRows(samples, prefix).filter(
      ({ target, service }) => target === meshes[0] && service !== "all of it" && !isOfBench(service),
    );
    return rows.map(({ service }) => service);
  }

  function row(title: string, key: string, digits: number): string[] {
    const of = (name: string) => samples[name]?.[key] ?? [];
    const base = median(of(meshes[0] ?? ""));
    return [
      title,
      ...meshes.map((name) => formatSamples(of(name), digits)),
      ...meshes.slice(1).map((name) => `${formatNumber(median(of(name)) / base, 2)}×`),
    ];
  }
}
