import type { Times } from "../load/load-job.ts";
import { formatNumber } from "../report/format-figure.ts";
import type { Machine } from "../report/machine.ts";
import { machineLines } from "../report/machine-lines.ts";
import { markdownTable } from "../report/markdown-table.ts";
import { differences } from "./question-set.ts";
import type { CacheFigures } from "./run-cache.ts";

export interface CacheRun {
  startedAt: string;
  machine: Machine;
  figures: readonly CacheFigures[];
}

/** Writes what exact and semantic cache found, and how fast, for people. */
export function cacheReport({ startedAt, machine, figures }: CacheRun): string {
  const [first] = figures;
  if (first === undefined) return "";
  const total = Object.values(first.asked).reduce((sum, count) => sum + count, 0);
  return `# Exact and semantic cache, ${startedAt.slice(0, 10)}

${machineLines(machine)}

${formatNumber(total, 0)} questions, no two in the same words under one system prompt, one after the other. First each in four wordings: of these ${formatNumber(first.asked["another subject"], 0)}, ${formatNumber(first.repeatable, 0)} mean what one before them meant, and all others are of another subject. Then near misses, in the words of one before them but for one or two: ${nearMisses.map((difference) => `${formatNumber(first.asked[difference], 0)} differ in ${difference}`).join(", ")}. The first part is asked once more in the same words, which the exact cache finds always.

The vectors are sums of word vectors. They know neither the order of words nor what is said of whom, and to them Rome is nearly Madrid: **a model that is made for sentences finds more, at another threshold, with fewer false hits**, and the near misses, which have the very words of what was asked but for one, are the hardest for it too. What the table shows is how hits and false hits trade, that comparing numbers as such keeps those apart, and what the cache itself costs. The upstream answers at once: a provider's own time comes on top of a miss, and that of the embedding model on top of a miss and of a similar hit.

${markdownTable(
  ["threshold", "numbers", "right hits", ...differences.map((difference) => `false: ${difference}`)],
  figures.map((one) => [
    ...nameOf(one),
    share(one.rightHits, one.repeatable),
    ...differences.map((difference) => share(one.falseHits[difference], one.asked[difference])),
  ]),
)}

Right hits are a share of those there could be; false hits, of the questions that differ in that. Latency at the client, in ms:

${markdownTable(
  [
    "threshold",
    "numbers",
    "miss p50",
    "miss p99",
    "similar hit p50",
    "similar hit p99",
    "exact hit p50",
    "exact hit p99",
  ],
  figures.map(latencyRow),
)}
`;
}

const nearMisses = differences.filter((difference) => difference !== "another subject");

function latencyRow(one: CacheFigures): string[] {
  const { miss, similar, exact } = one.latencyMs;
  const pair = ({ p50, p99 }: Times): string[] =>
    p50 === 0 ? ["–", "–"] : [formatNumber(p50, 1), formatNumber(p99, 1)];
  return [...nameOf(one), ...pair(miss), ...pair(similar), ...pair(exact)];
}

function nameOf({ threshold, matchNumbers }: CacheFigures): string[] {
  if (threshold === null) return ["exact only", "–"];
  return [threshold.toFixed(2), matchNumbers ? "the same" : "any"];
}

function share(part: number, whole: number): string {
  return whole === 0 ? "–" : `${formatNumber((part / whole) * 100, 1)}%`;
}
