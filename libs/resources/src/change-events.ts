import { isDeepStrictEqual } from "node:util";
import type { ChangeEvent } from "@sluice/contracts/change-event";
import { structuredPatch } from "diff";
import type { Applied } from "./applied-store.ts";
import { defaultNamespace } from "./kinds/metadata.ts";
import { shownResource, shownYaml } from "./shown-resource.ts";

/** A longer diff is cut; what the resource says as a whole is in the revision itself. */
const longestDiff = 32 * 1024;

/** A resource before and after a change, and the YAML that may be shown of it. */
interface ShownPart {
  value: unknown;
  /** Of what has not changed nobody asks for it. */
  yaml: () => string;
}

type Named = Pick<ChangeEvent, "kind" | "namespace" | "name">;

type AuditedParts = Pick<Applied, "base" | "resources"> & Partial<Pick<Applied, "keys">>;

/** What `sluice.yaml` makes stands among the resources under this name. */
const configurationFile: Named = {
  kind: "Configuration",
  namespace: defaultNamespace,
  name: "sluice.yaml",
};

/**
 * What the newest change of `after` did, one event for each resource. A pure function of what is kept of both
 * revisions, so that an event that was lost on its way is written again as it was.
 */
export function changeEvents(before: AuditedParts, after: Applied): ChangeEvent[] {
  const [about] = after.history;
  if (about === undefined) return [];
  const facts = {
    changeId: about.key,
    revision: about.revision,
    previousRevision: about.revision - 1,
    atMs: about.atMs,
    by: about.by,
    origin: about.origin ?? about.by,
    change: about.change,
    ...(about.reason === undefined ? {} : { reason: about.reason }),
  };
  const earlier = partsOf(before);
  const later = partsOf(after);
  const events = [...new Set([...earlier.keys(), ...later.keys()])].flatMap((key): ChangeEvent[] => {
    const [old, young] = [earlier.get(key), later.get(key)];
    if (isDeepStrictEqual(old?.value, young?.value)) return [];
    const type = old === undefined ? "created" : young === undefined ? "deleted" : "changed";
    return [{ ...facts, ...namedBy(key), type, diff: diffOf(old?.yaml() ?? "", young?.yaml() ?? "") }];
  });
  // The same resources mean something else to another release.
  return events.length > 0 ? events : [{ ...facts, ...configurationFile, type: "changed", diff: "" }];
}

function partsOf({ base, keys = [], resources }: AuditedParts): Map<string, ShownPart> {
  const parts = new Map<string, ShownPart>();
  if (base !== undefined) {
    parts.set(JSON.stringify(configurationFile), { value: base, yaml: () => shownYaml(base) });
  }
  for (const key of keys) {
    const named: Named = { kind: "VirtualKey", namespace: defaultNamespace, name: key.name };
    const shown = { ...key, hash: `${key.hash.slice(0, 12)}…` };
    parts.set(JSON.stringify(named), { value: key, yaml: () => shownYaml(shown) });
  }
  for (const plain of resources) {
    const { kind, metadata } = plain;
    const named: Named = {
      kind,
      namespace: metadata.namespace ?? defaultNamespace,
      name: metadata.name,
    };
    parts.set(JSON.stringify(named), { value: plain, yaml: () => shownYaml(shownResource(plain)) });
  }
  return parts;
}

function namedBy(key: string): Named {
  return JSON.parse(key) as Named;
}

/** The hunks of a unified diff, three lines around each change. */
function diffOf(before: string, after: string): string {
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: 3 });
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: ofHunk }) => [
    `@@ -${placeOf(oldStart, oldLines)} +${placeOf(newStart, newLines)} @@`,
    ...ofHunk,
  ]);
  let length = 0;
  const kept = lines.findIndex((line) => {
    length += line.length + 1;
    return length > longestDiff;
  });
  const shown = kept === -1 ? lines : [...lines.slice(0, kept), `(${lines.length - kept} more lines)`];
  return shown.map((line) => `${line}\n`).join("");
}

/** No lines stand behind the line before them. */
function placeOf(start: number, lines: number): string {
  return `${lines === 0 ? start - 1 : start},${lines}`;
}
