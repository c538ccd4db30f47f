import type { BusConnection } from "@sluice/bus/bus";
import { openKeyValue } from "@sluice/bus/key-value";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { buckets } from "@sluice/contracts/subjects";
import { type Applied, type AppliedHeading, readApplied, readAppliedHeading } from "./applied-store.ts";

/** What can be done where what the present revision was compiled from is lost. */
export const waysOut =
  "The mesh goes on by that revision. Go back with sluice rollback, or apply everything with --prune.";

/** What the revision that the mesh works by was compiled from, where that can't be read any more. */
export interface LostRevision {
  /** What is missing, in sentences that name the revision. */
  message: string;
  /** Whether it had a configuration file; undefined where nothing tells. */
  hadFile: boolean | undefined;
  /** Who made it and when, with those before; undefined where that is lost as well. */
  heading: AppliedHeading | undefined;
}

/** What the present revision was compiled from; of one that is lost, no more than the revisions that can be gone back to. */
export interface PresentApplied {
  applied: Applied;
  /** @default undefined (it is all there) */
  lost: LostRevision | undefined;
}

/**
 * Reads what the present revision was compiled from, also where a part of it is missing or damaged: then its history is
 * taken from its heading, or from the newest one before it that can be read.
 * @param key as the snapshot names it; undefined for one that was published without
 * @throws SluiceError `bus_unavailable`
 */
export async function readPresentApplied(
  bus: BusConnection,
  key: string | undefined,
): Promise<PresentApplied> {
  try {
    return { applied: await readApplied(bus, key), lost: undefined };
  } catch (error) {
    if (key === undefined || !isNotFound(error)) throw error;
    const heading = await readAppliedHeading(bus, key);
    const earlier =
      heading === undefined ? await newestBefore(bus, key) : { history: heading.history.slice(1) };
    return {
      applied: { keys: [], resources: [], history: earlier?.history ?? [], states: {} },
      lost: {
        message: error.message,
        hadFile: heading?.hasFile ?? (earlier && "base" in earlier && earlier.base !== undefined),
        heading,
      },
    };
  }
}

/**
 * What is not known can't be kept: a change on top of a lost revision must say everything itself.
 * @throws SluiceError `not_found` that says how, where it does not
 */
export function refuseToBuildOn(
  { message, hadFile }: LostRevision,
  change: { prune?: boolean; base?: unknown },
): void {
  if (change.prune !== true) throw new SluiceError("not_found", `${message} ${waysOut}`);
  if ("base" in change || hadFile === false) return;
  const text = `${message} What its configuration file (sluice.yaml) said is not known either: name the file as well, as in sluice apply --prune -f sluice.yaml -f resources.`;
  throw new SluiceError("not_found", text);
}

/**
 * What the audit of a lost revision is made of: who made it and when, though not what it did.
 * @returns undefined where that is lost as well
 */
export async function auditedOf(bus: BusConnection, { heading }: LostRevision): Promise<Applied | undefined> {
  if (heading === undefined) return undefined;
  const { applied } = await readPresentApplied(bus, heading.history[1]?.key);
  return { ...applied, history: heading.history };
}

/** What the newest revision before one was compiled from, of those that can be read; undefined where none can. */
async function newestBefore(bus: BusConnection, key: string): Promise<Applied | undefined> {
  const bucket = await openKeyValue(bus, buckets.applied);
  const earlier = (await bucket.keys())
    .filter((other) => !other.includes(".") && revisionOf(other) < revisionOf(key))
    .toSorted((a, b) => revisionOf(b) - revisionOf(a));
  for (const other of earlier) {
    try {
      return await readApplied(bus, other);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  return undefined;
}

function revisionOf(key: string): number {
  return Number.parseInt(key, 10);
}

function isNotFound(error: unknown): error is SluiceError {
  return error instanceof SluiceError && error.code === "not_found";
}
