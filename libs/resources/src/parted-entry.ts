import { createHash } from "node:crypto";
import type { KeyValue } from "@sluice/bus/key-value";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import { decodeSnapshot, encodeSnapshot } from "./snapshot-codec.ts";

/** What the entries of a cluster's buckets should not be much larger than. */
const usualPartBytes = 512 * 1024;

const partsSchema = z.strictObject({
  /** In their order. */
  keys: z.array(z.string()).min(1),
  /** Of all of them together. */
  bytes: z.int().positive(),
  sha256: z.string(),
});

const partedSchema = z.looseObject({ parts: partsSchema });

/** An entry as it was decoded: all of it, or what it says of the parts that hold it. */
export type DecodedEntry =
  | { type: "whole"; value: unknown }
  | { type: "parted"; heading: Record<string, unknown>; parts: z.infer<typeof partsSchema> };

export interface WrittenEntry {
  key: string;
  value: unknown;
  /** What is to be read of it without its parts. */
  heading: Record<string, unknown>;
  /** Key of a part, which nobody has used before. */
  partKey: (index: number) => string;
  /** As `KeyValue.put` takes it. */
  expectedRevision: number;
}

/**
 * Writes an entry, in parts where it is larger than the bus takes in a message: the parts first, under keys of their
 * own, then the entry that names them. So it is there as a whole or not at all.
 * @returns all keys that were written
 * @throws SluiceError as `KeyValue.put` does; of what it threw `invalid_request` for, nothing is left
 */
export async function writeEntry(bucket: KeyValue, entry: WrittenEntry): Promise<string[]> {
  const encoded = encodeSnapshot(entry.value);
  const size = Math.min(usualPartBytes, bucket.maxValueBytes);
  const count = encoded.length <= bucket.maxValueBytes ? 0 : Math.ceil(encoded.length / size);
  const keys = Array.from({ length: count }, (_, index) => entry.partKey(index));
  try {
    for (const [index, key] of keys.entries()) {
      await bucket.put(key, encoded.subarray(index * size, (index + 1) * size), 0);
    }
    await bucket.put(entry.key, count === 0 ? encoded : headOf(entry, keys, encoded), entry.expectedRevision);
  } catch (error) {
    // Only where it is sure that no entry names them.
    if (error instanceof SluiceError && error.code === "invalid_request") {
      for (const key of keys) await bucket.erase(key);
    }
    throw error;
  }
  return [...keys, entry.key];
}

function headOf({ heading }: WrittenEntry, keys: string[], encoded: Uint8Array): Uint8Array {
  const parts = { keys, bytes: encoded.length, sha256: digestOf(encoded) };
  return encodeSnapshot({ ...heading, parts });
}

/** @throws what `decodeSnapshot` throws */
export function decodeEntry(entry: Uint8Array): DecodedEntry {
  const value = decodeSnapshot(entry);
  const parted = partedSchema.safeParse(value);
  if (!parted.success) return { type: "whole", value };
  const { parts, ...heading } = parted.data;
  return { type: "parted", heading, parts };
}

/**
 * The value of an entry.
 * @param partOf the parts that are there
 * @throws SluiceError `not_found` where a part is missing, or they are not what was written
 */
export function gatherEntry(entry: DecodedEntry, partOf: (key: string) => Uint8Array | undefined): unknown {
  if (entry.type === "whole") return entry.value;
  const { keys, bytes, sha256 } = entry.parts;
  const found = keys.map((key) => {
    const part = partOf(key);
    if (part === undefined) throw new SluiceError("not_found", `Its part ${key} is not on the bus.`);
    return part;
  });
  const encoded = Buffer.concat(found);
  if (encoded.length !== bytes || digestOf(encoded) !== sha256) {
    throw new SluiceError("not_found", `Its parts are damaged: ${keys.join(", ")}.`);
  }
  return decodeSnapshot(encoded);
}

/**
 * The same, with parts that are read from the bucket.
 * @throws SluiceError as {@link gatherEntry}, and `bus_unavailable`
 */
export async function readParts(bucket: KeyValue, entry: DecodedEntry): Promise<unknown> {
  const parts = new Map<string, Uint8Array>();
  for (const key of entry.type === "parted" ? entry.parts.keys : []) {
    const part = await bucket.get(key);
    if (part !== undefined) parts.set(key, part.value);
  }
  return gatherEntry(entry, (key) => parts.get(key));
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
