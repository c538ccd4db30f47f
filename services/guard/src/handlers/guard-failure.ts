import type { Decision } from "@sluice/contracts/decision";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Logger } from "@sluice/telemetry/logger";
import type { DirectionPlan } from "../domain/guard-plan.ts";

/** What could not be inspected, and where. */
export interface GuardFailure {
  requestId: string;
  direction: Decision["direction"];
  plan: DirectionPlan;
  cause: unknown;
}

/**
 * The guard could not do its work: says so in the log, and either refuses or tells how the passing is recorded.
 * @returns a `failed_open` decision for each policy, when all of them let pass what cannot be inspected
 * @throws SluiceError `guard_unavailable` otherwise
 */
export function failOpenOrThrow(failure: GuardFailure, logger: Logger): Decision[] {
  const { requestId, direction, plan, cause } = failure;
  const { policies } = plan;
  if (!plan.failsOpen) {
    logger.error({ err: cause, requestId, direction, policies }, "the guard failed and refuses");
    const what = direction === "prompt" ? "request" : "reply";
    throw new SluiceError("guard_unavailable", `The ${what} could not be inspected.`, { cause });
  }
  logger.warn(
    { err: cause, requestId, direction, policies },
    "the guard failed and lets pass, as its policies say",
  );
  return policies.map((policy) => ({ service: "guard", policy, direction, action: "failed_open", count: 1 }));
}
