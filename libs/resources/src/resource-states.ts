import type { Applied, AppliedRevision, ResourceState } from "./applied-store.ts";
import type { ResourceChange } from "./resource-changes.ts";
import type { ResourceFinding } from "./resource-findings.ts";

export interface StatesBefore {
  states: Applied["states"];
  findings: readonly ResourceFinding[];
}

/**
 * What is known of each resource after a change: the revision that changed it last, and since when its conditions are
 * as they are. Of one that an earlier release applied nothing is known until it changes.
 * @param findings of all resources after the change
 */
export function nextStates(
  before: StatesBefore,
  changes: readonly ResourceChange[],
  findings: readonly ResourceFinding[],
  { revision, atMs, by }: Pick<AppliedRevision, "revision" | "atMs" | "by">,
): Applied["states"] {
  const states: [string, ResourceState][] = [];
  for (const { name, type } of changes) {
    const old = before.states[name];
    if (type === "removed" || (type === "unchanged" && old === undefined)) continue;
    const since = (condition: ResourceFinding["condition"], oldMs: number | undefined): number =>
      oldMs !== undefined && fails(before.findings, name, condition) === fails(findings, name, condition)
        ? oldMs
        : atMs;
    states.push([
      name,
      {
        ...(type === "unchanged" && old !== undefined ? lastChangeOf(old) : { revision, atMs, by }),
        acceptedSinceMs: since("Accepted", old?.acceptedSinceMs),
        resolvedSinceMs: since("ResolvedRefs", old?.resolvedSinceMs),
      },
    ]);
  }
  return Object.fromEntries(states);
}

function lastChangeOf({ revision, atMs, by }: ResourceState) {
  return { revision, atMs, by };
}

function fails(
  findings: readonly ResourceFinding[],
  resource: string,
  condition: ResourceFinding["condition"],
): boolean {
  return findings.some((finding) => finding.resource === resource && finding.condition === condition);
}
