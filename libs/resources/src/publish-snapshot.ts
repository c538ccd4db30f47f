import { isDeepStrictEqual } from "node:util";
import type { BusConnection } from "@sluice/bus/bus";
import { type KeyValue, type KeyValueEntry, openKeyValue } from "@sluice/bus/key-value";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { buckets, snapshotKey } from "@sluice/contracts/subjects";
import { z } from "zod";
import { type DecodedEntry, decodeEntry, readParts, writeEntry } from "./parted-entry.ts";
import { type BaseContent, type SnapshotContent, snapshotContentSchema, snapshotSchema } from "./snapshot.ts";
import { snapshotPartKeys, sweepSnapshotParts } from "./snapshot-parts.ts";

export interface PublishedSnapshot {
  revision: number;
  /** False when the mesh worked by the same configuration already, which then keeps its revision. */
  changed: boolean;
}

/** As much of a snapshot as every release must be able to read: the next revision is counted from it. */
const numberedSchema = z.looseObject({ revision: z.int().positive(), appliedAtMs: z.int() });

/** The configuration that the mesh works by, as it is published. */
export interface PresentSnapshot {
  revision: number;
  appliedAtMs: number;
  /** What it says, as it came from the bus; this release need not be able to read it. */
  content: Record<string, unknown>;
  /** Version of its entry; 0 when there is none. */
  entryRevision: number;
}

export async function readPresentSnapshot(bus: BusConnection): Promise<PresentSnapshot> {
  const bucket = await openKeyValue(bus, buckets.configuration);
  const entry = await bucket.get(snapshotKey);
  const { revision, appliedAtMs, ...content } = await readNumbered(bucket, entry);
  return { revision, appliedAtMs, content, entryRevision: entry?.revision ?? 0 };
}

/**
 * Makes a compiled configuration the one that all services work by. Its revision is one above the last.
 * @param present What it is to follow: another one that was published since makes this one fail. @default the last
 * @throws SluiceError `invalid_request` when another configuration was published in the same moment, or this one is
 *   larger than the bus has room for, `bus_unavailable` when the bus can't be reached
 */
export async function publishSnapshot(
  bus: BusConnection,
  content: BaseContent | SnapshotContent,
  present?: PresentSnapshot,
): Promise<PublishedSnapshot> {
  const before = present ?? (await readPresentSnapshot(bus));
  const { revision, appliedAtMs } = before;
  if (isPublished(content, before)) return { revision, changed: false };

  const snapshot = snapshotSchema.parse({
    revision: revision + 1,
    // Never before the last one, even where this host's clock is behind.
    appliedAtMs: Math.max(Date.now(), appliedAtMs),
    ...content,
  });
  const bucket = await openKeyValue(bus, buckets.configuration);
  const written = await writeEntry(bucket, {
    key: snapshotKey,
    value: snapshot,
    // As much as the next change needs, even where a part is damaged.
    heading: {
      revision: snapshot.revision,
      appliedAtMs: snapshot.appliedAtMs,
      ...(snapshot.applied === undefined ? {} : { applied: snapshot.applied }),
    },
    partKey: snapshotPartKeys(snapshot.revision),
    expectedRevision: before.entryRevision,
  });
  try {
    await sweepSnapshotParts(bucket, snapshot.revision, written);
  } catch (error) {
    bus.logger.warn({ err: error }, "what nobody needs any more is taken away by the next change");
  }
  return { revision: snapshot.revision, changed: true };
}

/** Whether the mesh works by a compiled configuration already. */
export function isPublished(content: BaseContent | SnapshotContent, present: PresentSnapshot): boolean {
  // Through JSON, as the present one came: what is undefined has no key there.
  const written = JSON.parse(JSON.stringify(snapshotContentSchema.parse(content))) as unknown;
  return isDeepStrictEqual(present.content, written);
}

async function readNumbered(
  bucket: KeyValue,
  entry: KeyValueEntry | undefined,
): Promise<z.infer<typeof numberedSchema>> {
  if (entry === undefined) return { revision: 0, appliedAtMs: 0 };
  try {
    const decoded = decodeEntry(entry.value);
    return numberedSchema.parse(await readPartsOrHeading(bucket, decoded));
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    // A damaged entry must not stand in the way of a sound one. The bucket counts its writes, and each
    // snapshot is one, so that count is no lower than any revision before.
    return { revision: entry.revision, appliedAtMs: 0 };
  }
}

/** Nor must parts that are damaged. */
async function readPartsOrHeading(bucket: KeyValue, entry: DecodedEntry): Promise<unknown> {
  try {
    return await readParts(bucket, entry);
  } catch (error) {
    if (entry.type === "whole" || !(error instanceof SluiceError) || error.code !== "not_found") throw error;
    return entry.heading;
  }
}
