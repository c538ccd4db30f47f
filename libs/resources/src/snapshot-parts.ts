import { randomBytes } from "node:crypto";
import type { KeyValue } from "@sluice/bus/key-value";

const partPattern = /^part\.(\d+)-/;

/** Keys for the parts of a revision's snapshot that nobody has used before. */
export function snapshotPartKeys(revision: number): (index: number) => string {
  const unique = randomBytes(6).toString("hex");
  return (index) => `part.${revision}-${unique}.${index}`;
}

/** The revision whose snapshot a key has a part of; undefined for any other key. */
export function revisionOfPart(key: string): number | undefined {
  const revision = partPattern.exec(key)?.[1];
  return revision === undefined ? undefined : Number(revision);
}

/**
 * Takes away the parts that no service needs any more once a revision is published: those of older ones, but for the
 * one before, which a service that has just started may be reading; and those of a change that never became one.
 * @param own keys of the revision's own parts
 */
export async function sweepSnapshotParts(
  bucket: KeyValue,
  revision: number,
  own: readonly string[],
): Promise<void> {
  for (const key of await bucket.keys()) {
    const of = revisionOfPart(key);
    if (of === undefined || own.includes(key)) continue;
    // A change that is under way has a greater number; one with this number has lost.
    if (of === revision || of < revision - 1) await bucket.erase(key);
  }
}
