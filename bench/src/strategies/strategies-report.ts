import type { Samples } from "../measurements/sample-book.ts";
import { formatNumber, formatSamples } from "../report/format-figure.ts";
import type { Machine } from "../report/machine.ts";
import { machineLines } from "../report/machine-lines.ts";
import { markdownTable } from "../report/markdown-table.ts";
import { median } from "../report/median.ts";
import { instances, paces, requestsPerSecond } from "./run-strategies.ts";
import { strategyFigures } from "./strategy-figures.ts";
import { comparedStrategies } from "./strategy-resources.ts";

export interface StrategiesRun {
  startedAt: string;
  machine: Machine;
  rounds: number;
  seconds: number;
  samples: Samples;
}

/** Writes what each strategy makes of a slow instance for people. */
export function strategiesReport({ startedAt, machine, rounds, seconds, samples }: StrategiesRun): string {
  const [base, ...others] = comparedStrategies;
  const { usual, slow } = paces;
  return `# Strategies with one slow instance, ${startedAt.slice(0, 10)}

${machineLines(machine)}

A model with ${instances} targets of equal weight, ${requestsPerSecond} streams a second, ${rounds} ${rounds === 1 ? "round" : "rounds"} of ${seconds} s a load in turns; medians, and in brackets the lowest and the highest round. Two of the instances take ${usual.first} ms to the first token and ${usual.between} ms between two chunks of 20, the third ${slow.first} ms and ${slow.between} ms. Another one is the slow one in each round, and nothing is known of that when a load begins: what it takes to find out is in the figures. The last columns are the ratios to \`${base}\`.

${markdownTable(
  ["", ...comparedStrategies, ...others.map((strategy) => `ratio: ${strategy}`)],
  strategyFigures.map(({ key, title, unit, digits }) => {
    const of = (strategy: string) => samples[strategy]?.[key] ?? [];
    return [
      `${title} (${unit})`,
      ...comparedStrategies.map((strategy) => formatSamples(of(strategy), digits)),
      ...others.map((strategy) => `${formatNumber(median(of(strategy)) / median(of(base)), 2)}×`),
    ];
  }),
)}
`;
}
