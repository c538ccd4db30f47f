import { SluiceError } from "@sluice/contracts/sluice-error";
import type { ReserveRequest } from "../quota.ts";
import { type QuotaUnit, quotaUnits } from "../quota-policy.ts";
import type { CompiledLimit } from "./compiled-limit.ts";

/**
 * What a reservation is about: enough to name every key of it, so that settling declares all its keys to the server.
 * All parts are percent-encoded: no spaces, no braces, no slashes of their own.
 */
export type ReservationToken = {
  partition: string;
  name: string;
  /** Names of the counters, `scope/limit/unit/window`, in the order of the limits. */
  counters: string[];
};

/** @throws {SluiceError} `internal`, when partition or id is empty, or two limits name the same counter */
export function makeToken(request: ReserveRequest, limits: readonly CompiledLimit[]): ReservationToken {
  if (request.partition === "" || request.reservationId === "")
    throw new SluiceError("internal", "A reservation needs a partition and an id that are not empty.");
  const counters = limits.map(
    ({ limit, policy }) =>
      `${encodeURIComponent(limit.scope)}/${encodeURIComponent(limit.id)}/${limit.unit}/${policy.windowName}`,
  );
  const twice = counters.find((counter, index) => counters.indexOf(counter) !== index);
  if (twice !== undefined)
    throw new SluiceError("internal", `Two limits of a request have the same counter: ${twice}.`);
  return {
    partition: encodeURIComponent(request.partition),
    name: encodeURIComponent(request.reservationId),
    counters,
  };
}

/** As text: partition, name and counters with a space between. */
export function writeToken({ partition, name, counters }: ReservationToken): string {
  return [partition, name, ...counters].join(" ");
}

/** @throws {SluiceError} `internal`, when it is no reservation */
export function readToken(text: string): ReservationToken {
  const [partition, name, ...counters] = text.split(" ");
  if (!partition || !name || counters.some((counter) => unitOf(counter) === undefined))
    throw new SluiceError("internal", "This is no reservation.");
  return { partition, name, counters };
}

/** The id of the limit that a counter belongs to. */
export function limitIdOf(counter: string): string {
  return decodeURIComponent(counter.split("/")[1] ?? "");
}

/** The unit that a counter counts; undefined when it is no name of a counter. */
export function unitOf(counter: string): QuotaUnit | undefined {
  const parts = counter.split("/");
  return parts.length === 4 ? quotaUnits.find((unit) => unit === parts[2]) : undefined;
}
