import type { StepDelivery } from "@sluice/bus/pipeline-step";
import type { Decision } from "@sluice/contracts/decision";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { findTarget, type Target } from "@sluice/resources/find-target";
import { traceStep } from "@sluice/runtime/trace-step";
import { sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import type { GuardConfig } from "../config.ts";
import { promptBlocked } from "../domain/blocked.ts";
import { type BodyForm, bodyFormOf } from "../domain/body-form.ts";
import { DecisionTally } from "../domain/decision-tally.ts";
import { type DirectionPlan, guardPlanOf } from "../domain/guard-plan.ts";
import { inspectRequest } from "../domain/inspect-request.ts";
import { failOpenOrThrow } from "./guard-failure.ts";
import type { InspectContext } from "./inspect-context.ts";
import { relayReply } from "./relay-reply.ts";

/** What is passed on in place of what came. */
interface JudgedPrompt {
  decisions: Decision[];
  /** Undefined when the client's bytes go on as they came. */
  body: Uint8Array | undefined;
}

/**
 * `sluice.v1.guard.inspect`: passes the prompt on, masked where a policy says so, or refuses it. Where a
 * policy has rules for replies, stays on the way back; otherwise it has no part in the reply.
 */
export async function inspect(context: InspectContext, delivery: StepDelivery): Promise<void> {
  await traceStep(context.tracing, delivery, "guard inspect", (span) => passThrough(context, delivery, span));
}

async function passThrough(context: InspectContext, delivery: StepDelivery, span: SluiceSpan): Promise<void> {
  const envelope = delivery.identified();
  const target = await targetOf(context, envelope);
  const plan = guardPlanOf(target.guardPolicies);
  const bodyForm = bodyFormOf(envelope, target);
  const { decisions, body } = await judgePrompt(context, delivery, { envelope, bodyForm, plan: plan.prompt });
  span.setAttributes({
    [sluiceAttributes.policy]: [...new Set([...plan.prompt.policies, ...plan.reply.policies])],
    [sluiceAttributes.policyAction]: [...new Set(decisions.map(({ action }) => action))],
    [sluiceAttributes.policyMatches]: decisions.reduce((sum, { count }) => sum + count, 0),
  });
  const traced = span.traceparent === undefined ? {} : { traceparent: span.traceparent };
  const onward = { ...envelope, ...traced, decisions: [...envelope.decisions, ...decisions] };
  if (plan.reply.policies.length === 0) {
    await delivery.forward("router", onward, body);
    return;
  }
  const frames = delivery.intercept();
  await delivery.forward("router", onward, body);
  await relayReply(context, { envelope, bodyForm, plan: plan.reply, frames, reply: delivery.reply() });
}

async function targetOf({ snapshots }: InspectContext, envelope: IdentifiedEnvelope): Promise<Target> {
  const kept = snapshots.at(envelope.revision);
  const target = findTarget(kept instanceof Promise ? await kept : kept, envelope);
  if (target === undefined) throw new SluiceError("model_not_found", "There is no such model.");
  return target;
}

/** @throws SluiceError `prompt_blocked`, or `guard_unavailable` when it cannot be inspected */
async function judgePrompt(
  context: InspectContext,
  delivery: StepDelivery,
  { envelope, bodyForm, plan }: { envelope: IdentifiedEnvelope; bodyForm: BodyForm; plan: DirectionPlan },
): Promise<JudgedPrompt> {
  if (plan.policies.length === 0) return { decisions: [], body: undefined };
  const came = await delivery.body();
  const tally = new DecisionTally("prompt");
  const startedMs = performance.now();
  let body: Uint8Array;
  let decisions: Decision[];
  try {
    body = await inspectRequest(envelope, bodyForm, came, plan.scan, tally, () =>
      checkTime(delivery, startedMs, context.config),
    );
    decisions = tally.decisions();
  } catch (thrown) {
    if (thrown instanceof SluiceError) throw thrown;
    const { requestId } = envelope;
    // What was found before the failure is no judgement: all of it passes, or nothing.
    decisions = failOpenOrThrow({ requestId, direction: "prompt", plan, cause: thrown }, context.logger);
    context.recorder.record(envelope, "prompt", decisions);
    return { decisions, body: undefined };
  } finally {
    context.promptDuration.record((performance.now() - startedMs) / 1_000);
  }
  context.recorder.record(envelope, "prompt", decisions);
  if (tally.blocked) throw promptBlocked(tally);
  return { decisions, body: body === came ? undefined : body };
}

/** Called between slices of a large body. */
function checkTime(delivery: StepDelivery, startedMs: number, config: GuardConfig): void {
  delivery.signal.throwIfAborted();
  if (performance.now() - startedMs > config.inspectTimeoutMs) throw new Error("inspecting took too long");
}
