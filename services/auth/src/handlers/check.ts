import type { Bus } from "@sluice/bus/bus";
import { publishDecisions } from "@sluice/bus/decision-events";
import type { StepDelivery } from "@sluice/bus/pipeline-step";
import { wasUnreachable } from "@sluice/bus/unreachable-step";
import type { Decision } from "@sluice/contracts/decision";
import type { Envelope, IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Quota } from "@sluice/quota/quota";
import { routeNamed } from "@sluice/resources/find-route";
import { nextStep } from "@sluice/resources/next-step";
import type { PriceList } from "@sluice/resources/price-list";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { SnapshotFollower } from "@sluice/resources/snapshot-follower";
import { traceStep } from "@sluice/runtime/trace-step";
import { generalAttributes, sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { Counter } from "@sluice/telemetry/mesh-metrics";
import type { SluiceSpan, Tracing } from "@sluice/telemetry/tracing";
import { type Admission, type AdmissionRules, admit } from "../domain/admit.ts";
import { authorizeTarget } from "../domain/authorize-target.ts";
import type { HeldKey } from "../domain/key-ring.ts";
import { limitsOfRequest } from "../domain/limits-of-request.ts";
import { usableModels } from "../domain/usable-models.ts";
import { withoutVirtualKeys } from "../domain/without-virtual-keys.ts";
import { writeModel, writeModels } from "../domain/write-models.ts";
import { reserve } from "./reserve.ts";

/** How long a step is taken for down after the server said so; longer than the pause before a request is sent again. */
const guardMemoryMs = 1000;

export interface CheckContext extends AdmissionRules {
  snapshots: SnapshotFollower;
  /** Undefined where auth has no Redis. */
  quota: Quota | undefined;
  prices: PriceList;
  tracing: Tracing;
  bus: Bus;
  /** Counts the requests that were turned away, by code. */
  refusals: Counter;
  /** Counts the requests that passed without the guard because it was down. */
  uninspected: Counter;
}

/**
 * `sluice.v1.auth.check`: lets a request pass with the identity of its key, or refuses it. The body is not
 * looked at; it goes on as it came.
 */
export async function check(context: CheckContext, delivery: StepDelivery): Promise<void> {
  try {
    await traceStep(context.tracing, delivery, "auth check", (span) => decide(context, delivery, span));
  } catch (thrown) {
    context.refusals.add(1, { [generalAttributes.errorType]: SluiceError.from(thrown).code });
    throw thrown;
  }
}

async function decide(context: CheckContext, delivery: StepDelivery, span: SluiceSpan): Promise<void> {
  const { envelope } = delivery;
  const kept = context.snapshots.at(envelope.revision);
  const snapshot = kept instanceof Promise ? await kept : kept;
  const route = envelope.route === undefined ? undefined : routeNamed(snapshot, envelope.route);
  const admission = admit(context, snapshot, route, envelope);
  const { identity, key } = admission;
  span.setAttributes({
    [sluiceAttributes.keyId]: identity.keyId,
    [sluiceAttributes.team]: identity.team,
    [sluiceAttributes.application]: identity.application,
  });
  if (envelope.operation === "models" && key !== undefined) {
    await answerModels(delivery, snapshot, key);
    return;
  }
  const target = authorizeTarget(snapshot, key, envelope);
  const guardIsDown = envelope.delivery > 1 && wasUnreachable(context.bus, "guard", guardMemoryMs);
  const { step, decisions } = nextStep(target, guardIsDown, "auth");
  const onward = identified(envelope, admission, span);
  const limits = limitsOfRequest(snapshot, target, envelope, context.prices);
  const reservation = await reserve(context.quota, envelope, limits);
  if (reservation !== undefined) onward.reservation = reservation;
  if (decisions.length > 0) passUninspected(context, onward, decisions);
  await delivery.forward(step, onward);
}

/** The guard is down and the policies of the model let requests pass then: never without a word. */
function passUninspected(context: CheckContext, envelope: IdentifiedEnvelope, decisions: Decision[]): void {
  envelope.decisions = [...envelope.decisions, ...decisions];
  for (const direction of ["prompt", "reply"] as const) {
    const about = decisions.filter((decision) => decision.direction === direction);
    publishDecisions(context.bus, envelope, direction, about);
  }
  context.uninspected.add(1);
  const policies = [...new Set(decisions.map(({ policy }) => policy))];
  context.bus.logger.warn(
    { requestId: envelope.requestId, policies },
    "the guard is down and a request passes uninspected, as its policies say",
  );
}

/** The envelope for the next step: with the owner of the key, without the key. */
function identified(
  envelope: Envelope,
  { identity, secret }: Admission,
  span: SluiceSpan,
): IdentifiedEnvelope {
  const { credential: _credential, ...onward } = envelope;
  if (onward.forwarded !== undefined) onward.forwarded = withoutVirtualKeys(onward.forwarded);
  if (secret !== undefined) onward.credentialSecret = secret;
  const traced = span.traceparent === undefined ? {} : { traceparent: span.traceparent };
  return { ...onward, identity, ...traced };
}

/** Answers the list of models, or with a model named, that one. */
async function answerModels(delivery: StepDelivery, snapshot: Snapshot, key: HeldKey): Promise<void> {
  const { dialect, model } = delivery.envelope;
  if (model !== "") authorizeTarget(snapshot, key, { model });
  const body = model === "" ? writeModels(dialect, usableModels(snapshot, key)) : writeModel(dialect, model);
  const reply = delivery.reply();
  reply.head({ status: 200, headers: { "content-type": "application/json" } });
  await reply.data(body);
  reply.end({});
}
