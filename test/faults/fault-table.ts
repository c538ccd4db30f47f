import type { FaultRow } from "./run-fault.ts";

/** What a load of open streams showed. */
export interface OpenStreamsRow {
  streams: number;
  seconds: number;
  chunks: number;
  /** Streams that ended before they should have. */
  cut: number;
  /** Resident memory by service, MiB. */
  memoryMiB: { service: string; before: number; open: number; after: number }[];
}

const columns: [title: string, cell: (row: FaultRow) => string | number][] = [
  ["fault", ({ fault }) => fault],
  ["sent", ({ requests }) => requests],
  ["answered", ({ answered }) => answered],
  ["left by the client", ({ left }) => left],
  ["failed, clear error", ({ failed }) => listed(failed)],
  ["connection lost", ({ disconnected }) => sum(disconnected)],
  ["hung", ({ hung }) => hung],
  ["paid twice", ({ paidTwice }) => paidTwice],
  ["provider calls", ({ calls }) => calls],
  ["estimated (unsettled)", ({ estimated, unsettled }) => `${estimated} (${unsettled})`],
  ["ledger − bill, tokens, before statements", ({ ledgerMinusBillBefore }) => ledgerMinusBillBefore],
  ["ledger − bill, tokens", ({ ledgerMinusBill }) => ledgerMinusBill],
  ["open at first → in the end", ({ openAtFirst, openInTheEnd }) => `${openAtFirst} → ${openInTheEnd}`],
  ["MiB before → peak → after", ({ memoryMiB: { before, peak, after } }) => `${before} → ${peak} → ${after}`],
  ["recovered after, s", ({ recoverySeconds }) => recoverySeconds],
];

/** The rows as a Markdown table. */
export function faultTable(rows: readonly FaultRow[]): string {
  const lines = [
    columns.map(([title]) => title),
    columns.map((_column, index) => (index === 0 ? "---" : "---:")),
    ...rows.map((row) => columns.map(([, cell]) => String(cell(row)))),
  ];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The memory of the services under open streams as a Markdown table. */
export function openStreamsTable({ memoryMiB }: OpenStreamsRow): string {
  const lines = memoryMiB.map(
    ({ service, before, open, after }) => `| ${service} | ${before} | ${open} | ${after} |`,
  );
  return ["| MiB | before | with all open | after |", "| --- | ---: | ---: | ---: |", ...lines].join("\n");
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function listed(counts: Record<string, number>): string {
  const total = sum(counts);
  if (total === 0) return "0";
  const parts = Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `\`${code}\` ${count}`);
  return `${total}: ${parts.join(", ")}`;
}
