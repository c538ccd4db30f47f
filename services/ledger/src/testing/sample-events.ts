import type { ChangeEvent } from "@sluice/contracts/change-event";
import type { FeedbackEvent } from "@sluice/contracts/feedback-event";
import type { Price } from "@sluice/contracts/price";
import { eventSubjects } from "@sluice/contracts/subjects";
import { noUsage } from "@sluice/contracts/usage";
import type {
  DispatchedEvent,
  ReconciledEvent,
  SettledEvent,
  UsageEvent,
} from "@sluice/contracts/usage-event";
import type { EventMessage } from "../domain/event-message.ts";

/** Noon of 2026-06-15 UTC: the time of the sample call. */
export const sampleTimeMs = Date.UTC(2026, 5, 15, 12);

/** A request id that grows with `number`, as UUIDv7 do. */
export function sampleRequestId(number: number): string {
  return `019ec000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;
}

/** 250 nano-dollars a token of input, 25 cached, 2000 of output. */
export const samplePrice: Price = {
  source: "price_book",
  provider: "openai",
  model: "gpt-5-mini",
  usdPerMillionTokens: { input: "0.25", cachedInput: "0.025", output: "2" },
};

/** A call at the sample price. */
export function sampleDispatched(changes: Partial<DispatchedEvent> = {}): DispatchedEvent {
  return {
    type: "dispatched",
    requestId: sampleRequestId(1),
    delivery: 1,
    attempt: 1,
    atMs: sampleTimeMs,
    deadlineMs: sampleTimeMs + 60_000,
    revision: 1,
    identity: {
      keyId: "key-1",
      user: "ada",
      team: "search",
      application: "chat",
      department: "research",
      tags: ["blue"],
    },
    operation: "chat",
    dialect: "openai",
    requestModel: "fast",
    backend: "main",
    provider: "openai",
    providerModel: "gpt-5-mini",
    stream: true,
    estimatedUsage: { ...noUsage, inputTokens: 100, outputTokens: 1000 },
    price: samplePrice,
    decisions: [],
    ...changes,
  };
}

/** The end of the sample call: 1000 × 250 − 400 × 225 + 50 × 2000 = 260,000 nano-dollars. */
export function sampleSettled(changes: Partial<SettledEvent> = {}): SettledEvent {
  return {
    type: "settled",
    requestId: sampleRequestId(1),
    delivery: 1,
    attempt: 1,
    atMs: sampleTimeMs + 2000,
    outcome: "completed",
    usage: { ...noUsage, inputTokens: 1000, cachedInputTokens: 400, outputTokens: 50, reasoningTokens: 20 },
    usageSource: "provider",
    responseModel: "gpt-5-mini-2025-08-07",
    providerStatus: 200,
    providerRequestId: "req_1",
    durationMs: 1987.5,
    timeToFirstTokenMs: 310.25,
    ...changes,
  };
}

/** What a statement says of the sample call: 900 × 250 + 60 × 2000 = 345,000 nano-dollars. */
export function sampleReconciled(changes: Partial<ReconciledEvent> = {}): ReconciledEvent {
  return {
    type: "reconciled",
    requestId: sampleRequestId(1),
    delivery: 1,
    attempt: 1,
    atMs: sampleTimeMs + 86_400_000,
    usage: { ...noUsage, inputTokens: 900, outputTokens: 60 },
    statement: "June 2026",
    ...changes,
  };
}

/** A resource that the second revision has changed. */
export function sampleChange(changes: Partial<ChangeEvent> = {}): ChangeEvent {
  return {
    changeId: "2-0123456789ab",
    revision: 2,
    previousRevision: 1,
    atMs: sampleTimeMs,
    by: "ada",
    origin: "ada@desk",
    change: "apply r.yaml",
    kind: "RouteTable",
    namespace: "default",
    name: "apis",
    type: "changed",
    diff: "@@ -1,1 +1,1 @@\n-a\n+b\n",
    ...changes,
  };
}

/** A message of the usage subject, as it comes from the stream. */
export function usageMessage(...events: UsageEvent[]): EventMessage {
  return eventMessage(eventSubjects.usage, { events });
}

export function eventMessage(subject: string, payload: unknown): EventMessage {
  const data = new TextEncoder().encode(JSON.stringify(payload));
  return { subject, data, streamSequence: 1, publishedAtMs: sampleTimeMs };
}

/** What the owner of the sample call says of it. */
export function sampleFeedback(changes: Partial<FeedbackEvent> = {}): FeedbackEvent {
  return {
    requestId: sampleRequestId(1),
    score: 1,
    atMs: sampleTimeMs + 5000,
    identity: { keyId: "key-1", user: "ada", team: "search", tags: [] },
    ...changes,
  };
}

/** A message of the feedback subject. */
export function feedbackMessage(...events: FeedbackEvent[]): EventMessage {
  return eventMessage(eventSubjects.feedback, { events });
}
