import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import { noUsage, type Usage, type UsageSource } from "@sluice/contracts/usage";
import type { CallOutcome, DispatchedEvent, SettledEvent } from "@sluice/contracts/usage-event";
import type { FoundModel } from "@sluice/resources/find-model";
import {
  type GenAiMetricAttributes,
  genAiAttributes,
  generalAttributes,
  providerNames,
  sluiceAttributes,
} from "@sluice/telemetry/gen-ai-attributes";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import type { ProviderReply } from "../adapters/provider-exchange.ts";
import { estimateUsage } from "../domain/estimated-usage.ts";
import { providerRequestIdOf } from "../domain/reply-headers.ts";
import type { ReplyAccount } from "../domain/reply-translation.ts";
import type { RouterParts } from "../router-parts.ts";
import { countUsage } from "./count-usage.ts";

export interface AttemptOptions {
  parts: RouterParts;
  envelope: IdentifiedEnvelope;
  found: FoundModel;
  /** Text of the client's body. */
  body: string;
  /** The router's span of the request. */
  span: SluiceSpan;
  /** From 1. */
  number: number;
  remainingMs: number;
}

/** Ends that are nobody's failure: the client left, or the request's time was over. */
const cancellations = new Set(["client_closed", "deadline_exceeded"]);

/**
 * The book-keeping of one provider call: written ahead, settled once, with its span and its metrics. It knows
 * nothing of how the call is made.
 */
export class Attempt {
  readonly number: number;
  /** What the reply told about itself; set when it is over. */
  account: ReplyAccount | undefined;
  readonly #options: AttemptOptions;
  readonly #span: SluiceSpan;
  readonly #estimate: Usage;
  readonly #startedMs = performance.now();
  #firstByteMs: number | undefined;
  #sent = false;
  #reply: ProviderReply | undefined;
  #settled = false;

  constructor(options: AttemptOptions) {
    const { parts, envelope, found, span, number } = options;
    this.number = number;
    this.#options = options;
    this.#estimate = estimateUsage(envelope, options.body);
    this.#span = parts.tracing.startSpan(`${envelope.operation} ${found.providerModel}`, {
      kind: "client",
      parent: span,
      attributes: {
        [genAiAttributes.operationName]: envelope.operation,
        [genAiAttributes.providerName]: providerNames[found.backend.provider],
        [genAiAttributes.requestModel]: found.providerModel,
        [genAiAttributes.requestStream]: envelope.stream,
        [sluiceAttributes.backend]: found.backendName,
        [sluiceAttributes.attempt]: number,
      },
    });
  }

  /** Records that the provider is about to be called. @throws SluiceError `ledger_unavailable` */
  async writeAhead(): Promise<void> {
    const { parts, envelope, found, remainingMs, span } = this.#options;
    const atMs = Date.now();
    const event: DispatchedEvent = {
      type: "dispatched",
      ...this.#key(),
      atMs,
      deadlineMs: atMs + Math.min(remainingMs, found.backend.timeouts.totalMs),
      identity: envelope.identity,
      operation: envelope.operation,
      dialect: envelope.dialect,
      revision: envelope.revision,
      requestModel: envelope.model,
      backend: found.backendName,
      provider: found.backend.provider,
      providerModel: found.providerModel,
      stream: envelope.stream,
      estimatedUsage: this.#estimate,
      decisions: envelope.decisions,
    };
    const { traceparent } = span;
    await parts.recorder.dispatched(traceparent === undefined ? event : { ...event, traceparent });
  }

  /** W3C trace context for the provider. */
  traceHeaders(): Record<string, string> {
    const { traceparent, tracestate } =
      this.#span.traceparent === undefined ? this.#options.envelope : this.#span;
    if (traceparent === undefined) return {};
    return tracestate === undefined ? { traceparent } : { traceparent, tracestate };
  }

  /** The request has gone out: the provider may bill it. */
  sent(): void {
    this.#sent = true;
  }

  answered(reply: ProviderReply): void {
    this.#reply = reply;
  }

  firstByte(): void {
    this.#firstByteMs ??= performance.now() - this.#startedMs;
  }

  /** The origin did not give its leave. */
  settleNotCalled(): void {
    this.#settle("not_called", noUsage, "provider");
  }

  /** There was no reply to pass on: the provider was not reached, was silent, hung up, or answered with an error. */
  settleFailed(error: SluiceError): void {
    if (!this.#sent || this.#reply !== undefined) {
      this.#failWithoutUsage(error, "provider");
    } else if (error.code === "provider_stream_cut") {
      // Providers charge for replies, and of this one there was not a byte; but nobody has said so.
      this.#failWithoutUsage(error, "estimated");
    } else {
      // It was still at work when this side hung up.
      this.breakOff(error);
    }
  }

  /** Settles with the provider's own figures, where it gave them. */
  settleWhereReported(outcome: CallOutcome): void {
    const { account } = this;
    if (account?.usage !== undefined && !account.usageIsPartial)
      this.#settle(outcome, account.usage, "provider");
  }

  /** Settles what is not settled yet with counted tokens; the reply has gone out before. */
  settleByCount(outcome: CallOutcome, errorCode?: string): void {
    if (this.#settled) return;
    this.#options.parts.background(
      this.#countedUsage().then((usage) => this.#settle(outcome, usage, "estimated", errorCode)),
    );
  }

  /** The reply began and was broken off, or the provider fell silent: what was used is billed all the same. */
  breakOff(error: SluiceError): void {
    this.#span.recordError(error);
    const outcome = outcomeOf(error);
    if (this.account?.usage !== undefined && !this.account.usageIsPartial) {
      this.#settle(outcome, this.account.usage, "provider", error.code);
    } else {
      this.settleByCount(outcome, error.code);
    }
  }

  #countedUsage(): Promise<Usage> {
    const { parts, envelope, body } = this.#options;
    return countUsage(parts.tokens, { envelope, body, account: this.account, estimate: this.#estimate });
  }

  #failWithoutUsage(error: SluiceError, usageSource: UsageSource): void {
    this.#span.recordError(error);
    this.#settle(outcomeOf(error), noUsage, usageSource, error.code);
  }

  #key() {
    const { envelope } = this.#options;
    return { requestId: envelope.requestId, delivery: envelope.delivery, attempt: this.number };
  }

  #settle(outcome: CallOutcome, usage: Usage, usageSource: UsageSource, errorCode?: string): void {
    if (this.#settled) return;
    this.#settled = true;
    const { parts, span } = this.#options;
    const durationMs = performance.now() - this.#startedMs;
    const event: SettledEvent = {
      type: "settled",
      ...this.#key(),
      atMs: Date.now(),
      outcome,
      usage,
      usageSource,
      durationMs,
    };
    if (this.account?.responseModel !== undefined) event.responseModel = this.account.responseModel;
    if (this.#firstByteMs !== undefined) event.timeToFirstTokenMs = this.#firstByteMs;
    if (span.traceparent !== undefined) event.traceparent = span.traceparent;
    if (this.#reply !== undefined) {
      event.providerStatus = this.#reply.status;
      const id = providerRequestIdOf(this.#reply.headers) ?? this.account?.providerReplyId;
      if (id !== undefined) event.providerRequestId = id;
    }
    parts.recorder.settled(event);
    if (outcome !== "not_called") this.#measure(usage, durationMs, errorCode);
    this.#endSpan(outcome, usage, usageSource);
  }

  #measure(usage: Usage, durationMs: number, errorCode: string | undefined): void {
    const { parts, envelope, found } = this.#options;
    const attributes: GenAiMetricAttributes = {
      "gen_ai.operation.name": envelope.operation,
      "gen_ai.provider.name": providerNames[found.backend.provider],
      "gen_ai.request.model": found.route.name,
    };
    if (errorCode !== undefined) attributes["error.type"] = errorCode;
    parts.metrics.operationDuration(durationMs / 1000, attributes);
    if (usage.inputTokens + usage.outputTokens === 0) return;
    parts.metrics.tokenUsage(usage.inputTokens, { ...attributes, "gen_ai.token.type": "input" });
    parts.metrics.tokenUsage(usage.outputTokens, { ...attributes, "gen_ai.token.type": "output" });
    if (!envelope.stream || this.#firstByteMs === undefined) return;
    parts.metrics.timeToFirstToken(this.#firstByteMs / 1000, attributes);
    if (usage.outputTokens < 2) return;
    // Time per output token after the first, as the semantic conventions define it.
    const secondsPerToken = (durationMs - this.#firstByteMs) / 1000 / (usage.outputTokens - 1);
    parts.metrics.timePerOutputToken(secondsPerToken, attributes);
  }

  #endSpan(outcome: CallOutcome, usage: Usage, usageSource: UsageSource): void {
    this.#span.setAttributes({
      [genAiAttributes.responseModel]: this.account?.responseModel,
      [genAiAttributes.usageInputTokens]: usage.inputTokens,
      [genAiAttributes.usageOutputTokens]: usage.outputTokens,
      [genAiAttributes.usageCacheReadInputTokens]: usage.cachedInputTokens,
      [genAiAttributes.usageReasoningOutputTokens]: usage.reasoningTokens,
      [sluiceAttributes.outcome]: outcome,
      [sluiceAttributes.usageSource]: usageSource,
      [generalAttributes.httpResponseStatusCode]: this.#reply?.status,
    });
    this.#span.end();
  }
}

function outcomeOf({ code }: SluiceError): CallOutcome {
  return cancellations.has(code) ? "cancelled" : "failed";
}
