import { formatByteSize } from "./byte-size.ts";
import type { CompiledCaching, CompiledSemantic } from "./compiled-caching.ts";
import { formatDuration } from "./duration.ts";

const sharedBy = { global: "all", team: "team", user: "user", key: "key" } as const;

/** Says of caching how long, for whom, and what it leaves out. */
export function describeCaching({
  ttlMs,
  scope,
  maxTemperature,
  allowTools,
  maxBytes,
  tags,
  semantic,
}: CompiledCaching): string {
  return [
    `for ${formatDuration(ttlMs)}`,
    `shared by ${sharedBy[scope]}`,
    ...(maxTemperature === undefined ? [] : [`up to temperature ${maxTemperature}`]),
    allowTools ? "with tools too" : "without tools",
    `up to ${formatByteSize(maxBytes)}`,
    ...(tags.length === 0 ? [] : [`tags ${tags.join(", ")}`]),
    ...(semantic === undefined ? [] : [describeSemantic(semantic)]),
  ].join(", ");
}

function describeSemantic({ embeddingModel, threshold, matchNumbers }: CompiledSemantic): string {
  const numbers = matchNumbers ? " with the same numbers" : "";
  return `for similar questions${numbers} from ${threshold} on, by ${embeddingModel}`;
}
