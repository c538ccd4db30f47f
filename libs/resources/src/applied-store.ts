import { randomBytes } from "node:crypto";
import type { BusConnection } from "@sluice/bus/bus";
import { openKeyValue } from "@sluice/bus/key-value";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { buckets } from "@sluice/contracts/subjects";
import { z } from "zod";
import { isKind, type Kind } from "./kinds/kinds.ts";
import { decodeEntry, readParts, writeEntry } from "./parted-entry.ts";
import { baseContentSchema } from "./snapshot.ts";
import { encodeSnapshot } from "./snapshot-codec.ts";
import { declaredVirtualKeySchema } from "./virtual-key.ts";

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
  /** `user@host` where it was applied, where that is told apart from `by`. */
  origin: z.string().exactOptional(),
  /** Why, as whoever applied it said. */
  reason: z.string().exactOptional(),
});
export type AppliedRevision = z.infer<typeof revisionSchema>;

const epochMs = z.int().nonnegative();

const resourceStateSchema = z.strictObject({
  /** Revision that changed the resource last, when, and who did it. */
  revision: z.int().positive(),
  atMs: epochMs,
  by: z.string(),
  /** Since when it is accepted or not, and since when what it refers to is there or not. */
  acceptedSinceMs: epochMs,
  resolvedSinceMs: epochMs,
});
export type ResourceState = z.infer<typeof resourceStateSchema>;

const appliedSchema = z.strictObject({
  /** Undefined as long as only resources were applied. */
  base: baseContentSchema.optional(),
  /** The resources that the configuration file stands for, to be shown; `base` is what they were compiled to. */
  baseResources: z.array(plainResourceSchema).exactOptional(),
  /** Virtual keys that the configuration file declares, by hashes of their secrets. */
  keys: z.array(declaredVirtualKeySchema).default([]),
  resources: z.array(plainResourceSchema),
  /** This revision and those before it, the newest first. */
  history: z.array(revisionSchema),
  /** What is known of the resources besides what they say, by their names as `describeResource` writes them. */
  states: z.record(z.string(), resourceStateSchema).default({}),
});
/** What a revision of the configuration was compiled from. Secrets in it are sealed. */
export type Applied = z.infer<typeof appliedSchema>;

const nothing: Applied = { keys: [], resources: [], history: [], states: {} };

/**
 * Reads what a revision was compiled from.
 * @param key as the snapshot names it; undefined for one that was published without
 * @throws SluiceError `not_found` when it is not kept any more, or a part of it is missing or damaged; `bus_unavailable`
 */
export async function readApplied(bus: BusConnection, key: string | undefined): Promise<Applied> {
  if (key === undefined) return nothing;
  const bucket = await openKeyValue(bus, buckets.applied);
  const entry = await bucket.get(key);
  const what = `What revision ${key.split("-")[0]} of the configuration was compiled from`;
  if (entry === undefined) throw new SluiceError("not_found", `${what} is not kept on the bus.`);
  try {
    return appliedSchema.parse(await readParts(bucket, decodeEntry(entry.value)));
  } catch (cause) {
    if (!(cause instanceof SluiceError) || cause.code !== "not_found") throw cause;
    throw new SluiceError("not_found", `${what} can't be read. ${cause.message}`, { cause });
  }
}

/** What is said of a revision in the entry that names its parts, and so is there where a part is not. */
const appliedHeadingSchema = z.looseObject({
  /** As of all of it, without why each was made. */
  history: z.array(revisionSchema).min(1),
  /** Whether a configuration file is among what it was compiled from. */
  hasFile: z.boolean(),
});
export type AppliedHeading = z.infer<typeof appliedHeadingSchema>;

/**
 * The heading of what a revision was compiled from.
 * @returns undefined where there is none: what is not in parts has none, nor what an earlier release wrote
 */
export async function readAppliedHeading(
  bus: BusConnection,
  key: string,
): Promise<AppliedHeading | undefined> {
  const entry = await (await openKeyValue(bus, buckets.applied)).get(key);
  const decoded = entry === undefined ? undefined : decodeEntry(entry.value);
  return decoded?.type === "parted" ? appliedHeadingSchema.safeParse(decoded.heading).data : undefined;
}

/**
 * Keeps what the next revision is compiled from, under a key of its own: it counts only once a snapshot names it. Beside
 * it is noted that its audit event is still to be written.
 * @returns the key, what was kept, and all keys that were written
 */
export async function writeApplied(
  bus: BusConnection,
  applied: Applied,
  revision: Omit<AppliedRevision, "key">,
): Promise<{ key: string; kept: Applied; written: string[] }> {
  const key = `${revision.revision}-${randomBytes(6).toString("hex")}`;
  const bucket = await openKeyValue(bus, buckets.applied);
  const kept = { ...applied, history: [{ ...revision, key }, ...applied.history].slice(0, keptRevisions) };
  const written = await writeEntry(bucket, {
    key,
    value: kept,
    heading: {
      history: kept.history.map(({ reason: _reason, ...rest }) => rest),
      hasFile: kept.base !== undefined,
    } satisfies AppliedHeading,
    partKey: (index) => `${key}.part.${index}`,
    expectedRevision: 0,
  });
  await bucket.put(unwrittenKey(key), encodeSnapshot({}), 0);
  return { key, kept, written: [unwrittenKey(key), ...written.toReversed()] };
}

/** Whether the audit event of a revision is still to be written. */
export async function isUnwritten(bus: BusConnection, key: string): Promise<boolean> {
  const bucket = await openKeyValue(bus, buckets.applied);
  return (await bucket.get(unwrittenKey(key))) !== undefined;
}

/** Notes that the event stream has the audit event of a revision. */
export async function noteWritten(bus: BusConnection, key: string): Promise<void> {
  await deleteApplied(bus, [unwrittenKey(key)]);
}

/** Where it stands that the audit event of a revision is still to be written. */
export function unwrittenKey(key: string): string {
  return `${key}.unwritten`;
}

/** Takes away what was written of a revision that no snapshot names. */
export async function deleteApplied(bus: BusConnection, keys: readonly string[]): Promise<void> {
  const bucket = await openKeyValue(bus, buckets.applied);
  for (const key of keys) await bucket.erase(key);
}

/**
 * Takes away what nobody needs any more once a revision is published: that of older revisions than are kept, and what
 * a change wrote that never became one.
 * @param history of the revision, the newest first
 */
export async function sweepApplied(bus: BusConnection, history: Applied["history"]): Promise<void> {
  const bucket = await openKeyValue(bus, buckets.applied);
  const named = new Set(history.map(({ key }) => key));
  const newest = history[0]?.revision ?? 0;
  for (const key of await bucket.keys()) {
    const [own = key] = key.split(".");
    // A change that is under way has a greater number; one with the newest that is not named has lost.
    if (!named.has(own) && Number.parseInt(own, 10) <= newest) await bucket.erase(key);
  }
}
