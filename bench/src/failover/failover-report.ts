import type { Samples } from "../measurements/sample-book.ts";
import { formatSamples } from "../report/format-figure.ts";
import type { Machine } from "../report/machine.ts";
import { machineLines } from "../report/machine-lines.ts";
import { markdownTable } from "../report/markdown-table.ts";
import { failingTargets, healthyName } from "./failover-resources.ts";
import { failoverKey, failoverRate, failoverStates } from "./run-failover.ts";

export interface FailoverRun {
  startedAt: string;
  machine: Machine;
  rounds: number;
  /** Of each load; all of them were answered. */
  requests: number;
  samples: Samples;
}

/** Writes what failover adds for people. */
export function failoverReport({ startedAt, machine, rounds, requests, samples }: FailoverRun): string {
  const cell = (name: string, key: string) => formatSamples(samples[name]?.[key], 2);
  const healthy = (percentile: "p50" | "p99") => cell(healthyName, failoverKey("every request", percentile));
  return `# What failover adds, ${startedAt.slice(0, 10)}

${machineLines(machine)}

A mesh with everything on, and models with two targets, the second of which always answers at once. ${rounds} ${rounds === 1 ? "round" : "rounds"} of ${requests} requests a load, ${failoverRate} a second; medians, and in brackets the lowest and the highest round. All requests of all loads were answered by the second target: ${requests} of ${requests}.

With a first target that answers a request takes ${healthy("p50")} ms at p50 and ${healthy("p99")} ms at p99. What a first target that fails adds to that, in milliseconds, where every request asks it first, and where its circuit breaker is open:

${markdownTable(
  ["The first target", ...failoverStates.flatMap((state) => [`${state}, p50`, `${state}, p99`])],
  failingTargets("").map(({ name, title }) => [
    title,
    ...failoverStates.flatMap((state) => [
      cell(name, failoverKey(state, "p50")),
      cell(name, failoverKey(state, "p99")),
    ]),
  ]),
)}
`;
}
