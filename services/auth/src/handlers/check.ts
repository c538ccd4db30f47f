import type { Bus } from "@sluice/bus/bus";
import { publishDecisions } from "@sluice/bus/decision-events";
import type { StepDelivery } from "@sluice/bus/pipeline-step";
import { wasUnreachable } from "@sluice/bus/unreachable-step";
import type { Decision } from "@sluice/contracts/decision";
import type { Envelope, IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { type PromptShape, promptShape } from "@sluice/dialects/prompt-shape";
import { accessPolicyOf } from "@sluice/resources/find-access";
import { routeNamed } from "@sluice/resources/find-route";
import type { HttpRoute } from "@sluice/resources/http-route";
import { nextStep } from "@sluice/resources/next-step";
import type { PriceList } from "@sluice/resources/price-list";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { SnapshotFollower } from "@sluice/resources/snapshot-follower";
import { traceStep } from "@sluice/runtime/trace-step";
import { generalAttributes, sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { Counter } from "@sluice/telemetry/mesh-metrics";
import type { SluiceSpan, Tracing } from "@sluice/telemetry/tracing";
import type { LimitReports } from "../adapters/limit-reports.ts";
import type { LimitStore } from "../adapters/limit-store.ts";
import type { Admission, AdmissionRules } from "../domain/admission.ts";
import { admit, reachOf } from "../domain/admit.ts";
import { authorize, type FailedRule } from "../domain/authorize.ts";
import { authorizeTarget } from "../domain/authorize-target.ts";
import { limitsComplexity, limitsOfRequest } from "../domain/limits-of-request.ts";
import type { Reach } from "../domain/reach.ts";
import { usableModels } from "../domain/usable-models.ts";
import { withPrompt } from "../domain/with-prompt.ts";
import { withoutTokens } from "../domain/without-tokens.ts";
import { withoutVirtualKeys } from "../domain/without-virtual-keys.ts";
import { writeModel, writeModels } from "../domain/write-models.ts";
import { reserve } from "./reserve.ts";
import { takeFeedback } from "./take-feedback.ts";

/** How long a step is taken for down after the server said so; longer than the pause before a request is sent again. */
const guardMemoryMs = 1000;

export interface CheckContext extends AdmissionRules {
  snapshots: SnapshotFollower;
  /** Undefined where auth has no Redis. */
  limits: LimitStore | undefined;
  limitReports: LimitReports;
  prices: PriceList;
  tracing: Tracing;
  bus: Bus;
  /** Counts the requests that were turned away, by code. */
  refusals: Counter;
  /** Counts the requests that passed without the guard because it was down. */
  uninspected: Counter;
}

/**
 * `sluice.v1.auth.check`: lets a request pass with the identity of its key, or refuses it. The body goes on as
 * it came, and is looked at only where what is in it is limited.
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
  const admitted = admit(context, snapshot, route, envelope);
  const admission = admitted instanceof Promise ? await admitted : admitted;
  const { identity } = admission;
  span.setAttributes({
    [sluiceAttributes.keyId]: identity.keyId,
    [sluiceAttributes.team]: identity.team,
    [sluiceAttributes.application]: identity.application,
  });
  const { envelope: prompted, addedBytes } = withPrompt(snapshot, envelope, identity);
  // Rules judge the model that is asked for, whoever names it.
  authorize(snapshot, route, prompted, admission, (failed) => tellOfRule(context, failed));
  const reach = reachOf(admission);
  const regions = admission.consumer?.regions;
  if (envelope.operation === "models") {
    await answerModels(delivery, snapshot, reach, regions);
    return;
  }
  if (envelope.operation === "feedback") {
    await takeFeedback(context.bus, delivery, identity);
    return;
  }
  const { model, route: routeName } = prompted;
  const target = authorizeTarget(snapshot, reach, { model, route: routeName, regions });
  const guardIsDown = envelope.delivery > 1 && wasUnreachable(context.bus, "guard", guardMemoryMs);
  const { step, decisions } = nextStep(target, guardIsDown, "auth");
  const onward = identified(snapshot, route, prompted, admission, span);
  if (target.regions !== undefined) onward.regions = [...target.regions];
  const estimated = addedBytes === 0 ? prompted : { ...prompted, bodyBytes: prompted.bodyBytes + addedBytes };
  const prompt = limitsComplexity(snapshot, target, estimated, admission)
    ? await shapeOfPrompt(delivery)
    : undefined;
  const limits = limitsOfRequest(snapshot, target, estimated, context.prices, admission, prompt);
  if (limits.length > 0) {
    const { reservation, room, headers } = await reserve(context.limits, envelope, limits, (reserved) =>
      context.limitReports.report(onward, limits, reserved.outcome, reserved.isLocal),
    );
    if (reservation !== undefined) onward.reservation = reservation;
    // What is forwarded may be a stream; that is seen where it is called.
    if (room !== undefined && (envelope.stream || envelope.operation === "http")) onward.room = room;
    onward.limitHeaders = headers;
  }
  if (decisions.length > 0) passUninspected(context, onward, decisions);
  await delivery.forward(step, onward);
}

/** The only thing for which auth reads a body: a limit of what is in it. */
async function shapeOfPrompt(delivery: StepDelivery): Promise<PromptShape> {
  const text = Buffer.from(await delivery.body()).toString("utf8");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // What is forwarded may be anything.
  }
  return promptShape(delivery.envelope.dialect, json);
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

/** Once in a revision: whoever is refused by it could otherwise fill the log. */
function tellOfRule({ bus }: CheckContext, { policy, rule, reason }: FailedRule): void {
  const text =
    "a rule of an AuthPolicy can't be said to be true or false of a request, which counts against it";
  bus.logger.warn({ policy, rule, reason }, text);
}

/** The envelope for the next step: with the owner of the key, without the key. */
function identified(
  snapshot: Snapshot,
  route: HttpRoute | undefined,
  envelope: Envelope,
  { identity, secret, claims, consumer, tokenGoesOn = false }: Admission,
  span: SluiceSpan,
): IdentifiedEnvelope {
  const { credential, clientRequest: _clientRequest, ...onward } = envelope;
  if (onward.forwarded !== undefined) {
    const policy = accessPolicyOf(snapshot, route);
    const isTheirs = credential !== undefined && (claims !== undefined || secret !== undefined);
    const sent = isTheirs ? { text: credential, goesOn: tokenGoesOn } : undefined;
    const kept = policy === undefined ? onward.forwarded : withoutTokens(onward.forwarded, policy, sent);
    onward.forwarded = withoutVirtualKeys(kept);
  }
  if (onward.choosing !== undefined && consumer !== undefined) {
    onward.choosing = { ...onward.choosing, consumer: consumer.name };
  }
  if (secret !== undefined) onward.credentialSecret = secret;
  const traced = span.traceparent === undefined ? {} : { traceparent: span.traceparent };
  return { ...onward, identity, ...traced };
}

/** Answers the list of models, or with a model named, that one. */
async function answerModels(
  delivery: StepDelivery,
  snapshot: Snapshot,
  reach: Reach | undefined,
  regions: readonly string[] | undefined,
): Promise<void> {
  const { dialect, model } = delivery.envelope;
  if (model !== "") authorizeTarget(snapshot, reach, { model, regions });
  const body =
    model === "" ? writeModels(dialect, usableModels(snapshot, reach, regions)) : writeModel(dialect, model);
  const reply = delivery.reply();
  reply.head({ status: 200, headers: { "content-type": "application/json" } });
  await reply.data(body);
  reply.end({});
}
