import { formatNumber } from "../report/format-figure.ts";
import type { Machine } from "../report/machine.ts";
import { machineLines } from "../report/machine-lines.ts";
import { markdownTable } from "../report/markdown-table.ts";
import type { BeforeAndAfter, SoakResult } from "./run-soak.ts";

export interface SoakRun {
  startedAt: string;
  machine: Machine;
  requests: number;
  soaks: SoakResult[];
}

/** More than this is a goal that was missed. */
const mostGrowth = 0.1;

/** How much more a value is than it was: 0.1 is a tenth. NaN where one of them is not known. */
export function growth(before: number | undefined, after: number | undefined): number {
  return before === undefined || after === undefined ? Number.NaN : after / before - 1;
}

/** Writes a soak for people. */
export function soakReport({ startedAt, machine, requests, soaks }: SoakRun): string {
  return `# Soak of ${startedAt.slice(0, 10)}

${machineLines(machine)}

Memory in MiB after a warm-up and after ${formatNumber(requests, 0)} further requests at 64 connections: the resident set at rest (median of several looks) and the heap, both after a collection of garbage. Growth of more than ${mostGrowth * 100}% in either stands out. Beside it the resident set half way and at the end as it was, with the garbage that V8 had not collected.

${soaks.map(soakTable).join("\n")}`;
}

function soakTable({ target, warmUpRequests, samples, restBytes, heapBytes }: SoakResult): string {
  const half = samples[Math.floor((samples.length - 1) / 2)];
  const last = samples.at(-1);
  const rows = Object.keys(restBytes.before).map((service) => [
    service,
    ...beforeAndAfter(restBytes, service),
    ...beforeAndAfter(heapBytes, service),
    mib(half?.residentBytes[service]),
    mib(last?.residentBytes[service]),
  ]);
  const compared = ["before", "after", "growth"];
  const head = [
    "",
    ...compared.map((name) => (name === "growth" ? name : `at rest ${name}`)),
    ...compared.map((name) => (name === "growth" ? name : `heap ${name}`)),
    "half way",
    "at the end",
  ];
  return `## ${target}, after ${formatNumber(warmUpRequests, 0)} to warm up\n\n${markdownTable(head, rows)}\n`;
}

function beforeAndAfter({ before, after }: BeforeAndAfter, service: string): string[] {
  return [mib(before[service]), mib(after[service]), percent(growth(before[service], after[service]))];
}

function mib(bytes: number | undefined): string {
  return formatNumber((bytes ?? Number.NaN) / 1024 ** 2, 1);
}

function percent(share: number): string {
  if (Number.isNaN(share)) return "–";
  const text = `${share > 0 ? "+" : ""}${formatNumber(share * 100, 1)}%`;
  return share > mostGrowth ? `**${text}**` : text;
}
