import type { Envelope } from "@sluice/contracts/envelope";
import type { ReservedRoom } from "@sluice/contracts/reserved-room";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { ReserveOutcome } from "@sluice/quota/quota";
import { isShadow } from "@sluice/resources/compiled-limit";
import { describeAllowance } from "@sluice/resources/describe-limit";
import type { LimitStore } from "../adapters/limit-store.ts";
import { judgeAlone } from "../domain/judge-alone.ts";
import { limitHeaders } from "../domain/limit-headers.ts";
import type { RequestLimit } from "../domain/limits-of-request.ts";
import { reservedRoom } from "../domain/reserved-room.ts";

/** Whose limits are kept together. */
const partition = "default";
/**
 * How long a reservation lives until a router takes it over: longer than a request is on its way to one. What the guard
 * refuses gives back what it reserved after this time.
 */
const untilRouterMs = 30_000;
/** When to ask again for a place among concurrent requests: nobody knows when one comes free. */
const placeRetryMs = 1000;

/** What was reserved for a request. */
export interface Reserved {
  /** What the router settles; undefined where nobody can. */
  reservation: string | undefined;
  /** What a stream may use of it before more is reserved; undefined where nothing of that kind is limited. */
  room: ReservedRoom | undefined;
  /** For the reply. */
  headers: Record<string, string>;
  outcome: ReserveOutcome;
  /** Counted by this process alone, because Redis is away. */
  isLocal: boolean;
}

/**
 * Reserves what a request may use, before anything is spent: of all its limits, or of none.
 * @param store undefined where auth has no Redis
 * @param limits at least one
 * @param onDecided told of what was decided, refusals too
 * @throws SluiceError `rate_limited` or `budget_exceeded` that names the limit, with the headers that say how the limits
 *   stand; `service_unavailable` where it can't be looked up
 */
export async function reserve(
  store: LimitStore | undefined,
  { requestId, dialect }: Pick<Envelope, "requestId" | "dialect">,
  limits: readonly RequestLimit[],
  onDecided: (reserved: Reserved) => void = () => undefined,
): Promise<Reserved> {
  const alone = judgeAlone(limits.filter(({ compiled }) => compiled.each !== undefined));
  const counted = limits.filter(({ compiled }) => compiled.each === undefined);
  const { warnings } = alone;
  if (alone.refusedBy !== undefined || counted.length === 0) {
    const decided = { atMs: Date.now(), limits: [], warnings };
    const outcome: ReserveOutcome =
      alone.refusedBy === undefined
        ? { ...decided, granted: true, reservation: "" }
        : { ...decided, granted: false, refusedBy: alone.refusedBy, reason: "larger_than_limit" };
    const headers = limitHeaders(dialect, limits, outcome);
    const reserved: Reserved = { reservation: undefined, room: undefined, headers, outcome, isLocal: false };
    onDecided(reserved);
    if (!outcome.granted) throw refusal(outcome, limits, headers);
    return reserved;
  }
  // What only reports refuses nothing, be Redis away or not.
  const failsOpen = counted.every(({ compiled }) => compiled.failure === "open" || isShadow(compiled));
  if (store === undefined) {
    throw new SluiceError(
      "service_unavailable",
      "The limits of this request can't be looked up: auth has no Redis.",
    );
  }
  const request = { partition, reservationId: requestId, limits: counted, ttlMs: untilRouterMs };
  const { outcome, isLocal } = await store.reserve(request, failsOpen);
  outcome.warnings.push(...warnings);
  const headers = limitHeaders(dialect, limits, outcome);
  const reservation = outcome.granted && !isLocal ? outcome.reservation : undefined;
  const room = reservation === undefined ? undefined : reservedRoom(counted, failsOpen);
  const reserved: Reserved = { reservation, room, headers, outcome, isLocal };
  onDecided(reserved);
  if (!outcome.granted) throw refusal(outcome, limits, headers);
  return reserved;
}

function refusal(
  outcome: ReserveOutcome & { granted: false },
  limits: readonly RequestLimit[],
  headers: Record<string, string>,
): SluiceError {
  const { refusedBy, reason, retryAfterMs } = outcome;
  const limit = limits.find(({ id }) => id === refusedBy);
  const allowance = limit === undefined ? "" : ` (${describeAllowance(limit.compiled)})`;
  if (reason === "larger_than_limit") {
    const text = `The request needs more than the limit ${refusedBy} ever allows${allowance}.`;
    return new SluiceError("budget_exceeded", text, { headers });
  }
  const code = limit?.unit === "cost_nano_usd" ? "budget_exceeded" : "rate_limited";
  return new SluiceError(code, `The limit ${refusedBy} is reached${allowance}.`, {
    retryAfterMs: retryAfterMs ?? (limit?.unit === "concurrent_calls" ? placeRetryMs : undefined),
    headers,
  });
}
