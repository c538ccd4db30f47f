import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { ModelTarget } from "@sluice/resources/find-target";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { BackendAccess } from "../adapters/backend-directory.ts";
import { type CallPlan, planCall } from "../domain/call-plan.ts";
import { planContinuation } from "../domain/continuation-plan.ts";
import type { StreamSoFar } from "../domain/stream-so-far.ts";
import type { RouterParts } from "../router-parts.ts";

/** A target with all that it takes to call it. */
export interface PreparedCall {
  target: ModelTarget;
  access: BackendAccess;
  plan: CallPlan;
  /** Text of what is asked, in the client's dialect. */
  body: string;
  /** What goes out of its stream; undefined where no other call can go on with it. */
  soFar: StreamSoFar | undefined;
}

export interface PrepareOptions {
  parts: RouterParts;
  envelope: IdentifiedEnvelope;
  snapshot: Snapshot;
  /** Text of the client's body. */
  body: string;
  /** What goes out of its stream; undefined where no other call can go on with it. */
  soFar: StreamSoFar | undefined;
  /** Whether the client has a part of the stream already. */
  goesOn: boolean;
}

/**
 * Looks up where a target is and plans what to ask it.
 * @throws SluiceError `provider_credential` without the target's key, `unsupported_feature` for what it can't do,
 *   `invalid_request`, `internal`
 */
export async function prepareCall(
  { parts, envelope, snapshot, body, soFar, goesOn }: PrepareOptions,
  target: ModelTarget,
): Promise<PreparedCall> {
  const access = await parts.backends.access(snapshot, target.backendName, target.backend);
  const planned =
    goesOn && soFar !== undefined
      ? planContinuation(envelope, body, target, soFar)
      : { plan: planCall(envelope, body, target, soFar), body };
  return { target, access, soFar, ...planned };
}
