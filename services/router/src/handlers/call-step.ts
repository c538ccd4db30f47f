import { publishDecisions } from "@sluice/bus/decision-events";
import { type FirstStep, type OriginEnvelope, sendToPipeline } from "@sluice/bus/pipeline-origin";
import { newRequestId } from "@sluice/bus/request-id";
import { wasUnreachable } from "@sluice/bus/unreachable-step";
import type { Envelope, IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { EndFrame, HeadFrame } from "@sluice/contracts/frames";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { noUsage } from "@sluice/contracts/usage";
import { openaiDialect } from "@sluice/dialects/openai/openai-dialect";
import { costOf } from "@sluice/pricing/cost";
import type { ModelTarget } from "@sluice/resources/find-target";
import { nextStep } from "@sluice/resources/next-step";
import type { Snapshot } from "@sluice/resources/snapshot";
import { sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import { bodyText, jsonOrText } from "../domain/body-text.ts";
import { cacheResultHeader, headersForCache } from "../domain/cache-headers.ts";
import { estimateUsage } from "../domain/estimated-usage.ts";
import { isServedBy } from "../domain/reply-headers.ts";
import type { StepRequest } from "../domain/step-request.ts";
import type { RouterParts } from "../router-parts.ts";
import type { Reservation } from "./reservation.ts";

/** How long the guard is taken for down after the server said so; longer than the pause before a request is sent again. */
const guardMemoryMs = 1000;
/** Largest body of an error that is read. */
const maxErrorBytes = 1024 * 1024;

/** What a request of the router's own needs, besides its envelope. */
export interface OwnCallOptions {
  parts: RouterParts;
  snapshot: Snapshot;
  /** What the call is counted against; undefined where nothing is limited. */
  reservation: Reservation | undefined;
  target: ModelTarget;
  request: StepRequest;
  remainingMs: number;
  signal: AbortSignal;
}

export interface StepCallOptions extends OwnCallOptions {
  /** The client's request. */
  parent: IdentifiedEnvelope;
  /** The router's span of the client's request. */
  span: SluiceSpan;
  workflow: string;
  step: string;
  /** Which of the step's models it is, from 0. */
  choice: number;
  /** Whether it is no step of a workflow, but asks what the prompt is about, for the model that `workflow` names. @default false */
  asksIntent?: boolean;
  model: string;
  stream: boolean;
}

/** Who takes a step's reply as it comes. */
export interface StepReplyTaker {
  head(head: HeadFrame): void;
  /** Resolves when there is room for more. */
  data(bytes: Uint8Array): Promise<void>;
}

/**
 * Asks a model for one step of a workflow: a request of its own, of the same owner, that passes the guard where the
 * model or the step has policies, and is called and booked by whichever router takes it.
 * @returns what the reply said at its end
 * @throws SluiceError what became of it instead; the reason of `signal` when that is aborted
 */
export async function callStep(options: StepCallOptions, taker: StepReplyTaker): Promise<EndFrame> {
  const { parts, parent, span: routeSpan, workflow, step, signal } = options;
  signal.throwIfAborted();
  const requestId = newRequestId();
  const span = parts.tracing.startSpan(`step ${step}`, {
    parent: routeSpan,
    attributes: {
      [sluiceAttributes.requestId]: requestId,
      [sluiceAttributes.parentRequestId]: parent.requestId,
      [sluiceAttributes.workflow]: workflow,
      [sluiceAttributes.workflowStep]: step,
    },
  });
  return await callOnBehalf(options, { envelope: stepEnvelope(options, requestId, span), span, taker });
}

/**
 * Sends a request of the router's own into the pipeline, counts what it used against the client's limits, and ends its
 * span.
 * @returns what the reply said at its end
 * @throws SluiceError what became of it instead; the reason of `signal` when that is aborted
 */
export async function callOnBehalf(
  options: OwnCallOptions,
  { envelope, span, taker }: { envelope: OriginEnvelope; span: SluiceSpan; taker: StepReplyTaker },
): Promise<EndFrame> {
  const account: StepAccount = { hasBegun: false, headers: {}, end: undefined };
  options.reservation?.callBegins(options.remainingMs);
  try {
    return await readReply(options, envelope, { account, taker });
  } catch (error) {
    span.recordError(error);
    throw error;
  } finally {
    span.end();
    countUse(options, envelope, account);
  }
}

interface StepAccount {
  /** Whether there was anything of a reply. */
  hasBegun: boolean;
  /** Headers that it came with. */
  headers: Readonly<Record<string, string>>;
  end: EndFrame | undefined;
}

function stepEnvelope(options: StepCallOptions, requestId: string, span: SluiceSpan): OriginEnvelope {
  const { parent, workflow, step, choice, asksIntent = false, model, request, stream } = options;
  const { requestId: parentRequestId } = parent;
  return {
    ...ownEnvelope(parent, { requestId, operation: "chat", model, bodyBytes: request.body.length, span }),
    workflowStep: { workflow, step, choice, ...(asksIntent ? { asksIntent } : {}), parentRequestId },
    stream,
    ...(request.maxOutputTokens === undefined ? {} : { maxOutputTokens: request.maxOutputTokens }),
    headers: headersForCache(parent.headers),
  };
}

/** A plain request of the router's own, on behalf of a client's: of the same owner, judged by the same revision, and held to the same regions. */
export function ownEnvelope(
  parent: IdentifiedEnvelope,
  facts: Pick<OriginEnvelope, "requestId" | "operation" | "model" | "bodyBytes"> & { span: SluiceSpan },
): OriginEnvelope {
  const { span, ...own } = facts;
  const { traceparent, tracestate } = span.traceparent === undefined ? parent : span;
  return {
    ...own,
    receivedAtMs: Date.now(),
    revision: parent.revision,
    identity: parent.identity,
    ...(parent.regions === undefined ? {} : { regions: parent.regions }),
    dialect: "openai",
    stream: false,
    streamFraming: "sse",
    headers: {},
    decisions: [],
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}

async function readReply(
  options: OwnCallOptions,
  envelope: OriginEnvelope,
  { account, taker }: { account: StepAccount; taker: StepReplyTaker },
): Promise<EndFrame> {
  const { parts, target, request, remainingMs, signal } = options;
  const reply = sendToPipeline(parts.bus, {
    envelope,
    body: request.body,
    timeoutMs: remainingMs,
    first: (onward) => firstStep(parts, target, onward),
  });
  const cancel = (): void => reply.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  const refused: Uint8Array[] = [];
  let head: HeadFrame | undefined;
  try {
    for await (const frame of reply) {
      switch (frame.type) {
        case "head":
          ({ head } = frame);
          account.hasBegun = head.status < 400;
          account.headers = head.headers;
          if (account.hasBegun) taker.head(head);
          break;
        case "data":
          if (account.hasBegun) await taker.data(frame.bytes);
          else if (bytesOf(refused) < maxErrorBytes) refused.push(frame.bytes);
          break;
        case "end":
          account.end = frame.end;
          break;
        case "error":
          throw frame.error;
        case "heartbeat":
          // The client hears this router's own.
          break;
      }
    }
  } finally {
    signal.removeEventListener("abort", cancel);
  }
  signal.throwIfAborted();
  if (head === undefined || account.end === undefined) {
    throw new SluiceError("reply_incomplete", "The reply has no end.");
  }
  if (!account.hasBegun) {
    throw openaiDialect.toProviderError(head.status, head.headers, jsonOrText(Buffer.concat(refused)));
  }
  return account.end;
}

/** Counts a step against the limits of the client's request. */
function countUse(
  { parts, snapshot, target, reservation, request, signal }: OwnCallOptions,
  sent: OriginEnvelope,
  { hasBegun, headers, end }: StepAccount,
): void {
  if (reservation === undefined) return;
  // What was broken off used something. How much, the router that made the call finds out, and tells the ledger.
  const isUnknown = end?.usage === undefined && (hasBegun || signal.aborted);
  const usage = end?.usage ?? (isUnknown ? estimateUsage(sent, bodyText(request.body)) : noUsage);
  const called = target.pool?.targets.find((each) => isServedBy(each, headers)) ?? target;
  const price = parts.prices.find(snapshot, {
    backend: called.backendName,
    provider: called.backend.provider,
    model: called.providerModel,
    responseModel: end?.responseModel,
    atMs: sent.receivedAtMs,
    inputTokens: usage.inputTokens,
  });
  const isCached = headers[cacheResultHeader] === "hit";
  reservation.callEnded(usage, isCached ? 0n : price && costOf(usage, price, sent.operation));
}

/** Past the guard only where a policy applies; round one that is down where all policies say so, and never silently. */
function firstStep(parts: RouterParts, target: ModelTarget, envelope: Envelope): FirstStep {
  const guardIsDown = envelope.delivery > 1 && wasUnreachable(parts.bus, "guard", guardMemoryMs);
  const { step, decisions } = nextStep(target, guardIsDown, "router");
  const { identity, requestId } = envelope;
  if (decisions.length === 0 || identity === undefined) return { step, envelope };
  for (const direction of ["prompt", "reply"] as const) {
    const about = decisions.filter((decision) => decision.direction === direction);
    publishDecisions(parts.bus, { ...envelope, identity }, direction, about);
  }
  const policies = [...new Set(decisions.map(({ policy }) => policy))];
  parts.logger.warn(
    { requestId, policies },
    "the guard is down and a step passes uninspected, as its policies say",
  );
  return { step, envelope: { ...envelope, decisions: [...envelope.decisions, ...decisions] } };
}

function bytesOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
