import { randomBytes } from "node:crypto";
import type { BusConnection } from "@sluice/bus/bus";
import { openKeyValue } from "@sluice/bus/key-value";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { buckets } from "@sluice/contracts/subjects";
import { z } from "zod";
import { isKind, type Kind } from "./kinds/kinds.ts";
import { baseContentSchema } from "./snapshot.ts";
import { decodeSnapshot, encodeSnapshot } from "./snapshot-codec.ts";

/** Revisions that can be gone back to. */
const keptRevisions = 20;

const plainResourceSchema = z.strictObject({
  apiVersion: z.string(),
  kind: z.custom<Kind>((value) => typeof value === "string" && isKind(value)),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().exactOptional(),
    labels: z.record(z.string(), z.string()).exactOptional(),
  }),
  spec: z.unknown(),
});

const revisionSchema = z.strictObject({
  revision: z.int().positive(),
  key: z.string(),
  atMs: z.int().nonnegative(),
  /** Who applied it, as that one's computer calls them. */
  by: z.string(),
  /** In a few words. */
  change: z.string(),
});
export type AppliedRevision = z.infer<typeof revisionSchema>;

const appliedSchema = z.strictObject({
  /** Undefined as long as only resources were applied. */
  base: baseContentSchema.optional(),
  resources: z.array(plainResourceSchema),
  /** This revision and those before it, the newest first. */
  history: z.array(revisionSchema),
});
/** What a revision of the configuration was compiled from. Secrets in it are sealed. */
export type Applied = z.infer<typeof appliedSchema>;

const nothing: Applied = { resources: [], history: [] };

/**
 * Reads what a revision was compiled from.
 * @param key as the snapshot names it; undefined for one that was published without
 * @throws SluiceError `not_found` when it is not kept any more, `bus_unavailable`
 */
export async function readApplied(bus: BusConnection, key: string | undefined): Promise<Applied> {
  if (key === undefined) return nothing;
  const bucket = await openKeyValue(bus, buckets.applied);
  const entry = await bucket.get(key);
  if (entry === undefined) {
    throw new SluiceError("not_found", "What the configuration was compiled from is not kept on the bus.");
  }
  return appliedSchema.parse(decodeSnapshot(entry.value));
}

/**
 * Keeps what the next revision is compiled from, under a key of its own: it counts only once a snapshot names it.
 * @returns the key, and the keys of revisions that need not be kept any more
 */
export async function writeApplied(
  bus: BusConnection,
  applied: Applied,
  revision: Omit<AppliedRevision, "key">,
): Promise<{ key: string; outdated: string[] }> {
  const key = `${revision.revision}-${randomBytes(6).toString("hex")}`;
  const all = [{ ...revision, key }, ...applied.history];
  const bucket = await openKeyValue(bus, buckets.applied);
  await bucket.put(key, encodeSnapshot({ ...applied, history: all.slice(0, keptRevisions) }), 0);
  return { key, outdated: all.slice(keptRevisions).map((old) => old.key) };
}

export async function deleteApplied(bus: BusConnection, keys: readonly string[]): Promise<void> {
  const bucket = await openKeyValue(bus, buckets.applied);
  for (const key of keys) await bucket.delete(key);
}
