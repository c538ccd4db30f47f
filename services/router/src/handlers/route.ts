import type { StepDelivery } from "@sluice/bus/pipeline-step";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { choosePrompt } from "@sluice/resources/choose-prompt";
import {
  type ForwardTarget,
  findTarget,
  type ModelTarget,
  type WorkflowTarget,
} from "@sluice/resources/find-target";
import { traceStep } from "@sluice/runtime/trace-step";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import { bodyText } from "../domain/body-text.ts";
import { type ForwardPlan, planForward } from "../domain/forward-plan.ts";
import { promptedBody } from "../domain/prompted-body.ts";
import { readWorkflowInput } from "../domain/workflow-input.ts";
import type { RouterParts } from "../router-parts.ts";
import { cachedReply } from "./cached-reply.ts";
import { chooseTarget } from "./choose-target.ts";
import { embedQuestion } from "./embed-question.ts";
import { ForwardedRequest } from "./forwarded-request.ts";
import { Reservation } from "./reservation.ts";
import type { RouteStep } from "./route-step.ts";
import { RoutedRequest } from "./routed-request.ts";
import type { Embed } from "./similar-reply.ts";
import { WorkflowRequest } from "./workflow-request.ts";

/**
 * `sluice.v1.router.route`: finds what serves the request, plans the call, and makes it: of a model as
 * {@link RoutedRequest}, of the models of a workflow's steps as {@link WorkflowRequest}, of any other destination as
 * {@link ForwardedRequest}.
 * What is refused here has reached no provider and no ledger.
 */
export async function handleRoute(parts: RouterParts, delivery: StepDelivery): Promise<void> {
  await traceStep(parts.tracing, delivery, "route", (span) => route(parts, delivery, span));
}

async function route(parts: RouterParts, delivery: StepDelivery, span: SluiceSpan): Promise<void> {
  const envelope = delivery.identified();
  const snapshot = await parts.snapshots.at(envelope.revision);
  const target = findTarget(snapshot, envelope);
  if (target === undefined) {
    throw new SluiceError("model_not_found", "The model is not known here.", { parameter: "model" });
  }
  const reservation = reservationOf(parts, envelope);
  const step: RouteStep = { parts, delivery, envelope, snapshot, span, reservation };
  try {
    if (target.type === "model") await callModel(step, target);
    else if (target.type === "workflow") await runSteps(step, target);
    else await forward(step, target);
  } finally {
    reservation?.over();
  }
}

/** @throws SluiceError `service_unavailable` where a reservation could not be settled: the router has no Redis */
function reservationOf({ settlements }: RouterParts, envelope: IdentifiedEnvelope): Reservation | undefined {
  if (envelope.reservation === undefined) return undefined;
  if (settlements !== undefined) return new Reservation(settlements, envelope.reservation, envelope.room);
  throw new SluiceError(
    "service_unavailable",
    "The limits of this route can't be settled: the router has no Redis.",
  );
}

async function callModel(step: RouteStep, asked: ModelTarget): Promise<void> {
  const body = bodyOf(step, bodyText(await step.delivery.body()));
  const { found, hasLeave } = await chooseTarget(step, asked, body);
  const cached = cachedReply(step.parts, step.envelope, found, { body, embed: embedFor(step) });
  try {
    await new RoutedRequest({ ...step, found, body, cached, hasLeave }).run();
  } finally {
    cached?.over();
  }
}

/** How a question of the request is made a vector. */
function embedFor(step: RouteStep): Embed {
  const { delivery, envelope: parent } = step;
  return (semantic, text) => {
    const [remainingMs, signal] = [delivery.remainingMs(), delivery.signal];
    return embedQuestion({ ...step, parent, remainingMs, signal }, semantic, text);
  };
}

/** The client's body, with what its prompt template puts before it. */
function bodyOf({ envelope, snapshot }: RouteStep, body: string): string {
  const { prompt, dialect } = envelope;
  if (prompt === undefined) return body;
  // Auth has chosen the version: nothing is left to chance here.
  const { template, version, versionName } = choosePrompt(snapshot, prompt, envelope.requestId);
  return promptedBody(body, dialect, { templateName: prompt.template, versionName, template, version });
}

async function forward(step: RouteStep, target: ForwardTarget): Promise<void> {
  const { parts, snapshot, envelope } = step;
  const body = await step.delivery.body();
  const { transformation: name } = target.route;
  const transformation = name === undefined ? undefined : snapshot.transformations[name];
  const planOf = async (one: ForwardTarget): Promise<ForwardPlan> => {
    const access = await parts.upstreams.access(snapshot, one, envelope.credentialSecret);
    return planForward({ envelope, target: one, transformation, ...access, body });
  };
  await new ForwardedRequest({ ...step, target, planOf }).run();
}

async function runSteps(step: RouteStep, target: WorkflowTarget): Promise<void> {
  const body = bodyOf(step, bodyText(await step.delivery.body()));
  const input = readWorkflowInput(target.workflow, step.envelope, body);
  await new WorkflowRequest({ ...step, target, input }).run();
}
