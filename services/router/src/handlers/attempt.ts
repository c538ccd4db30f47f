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
import type { ProviderReply } from "../adapters/provider-client.ts";
import { countableInput } from "../domain/countable-text.ts";
import { estimateUsage } from "../domain/estimated-usage.ts";
import { providerRequestIdOf } from "../domain/reply-headers.ts";
import type { ReplyAccount } from "../domain/reply-translation.ts";
import type { RouterParts } from "../router-parts.ts";

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

/** Failures with which a provider has billed nothing: it was never reached, or it answered with an error. */
const unbilledWithoutAnswer = new Set(["provider_unreachable"]);

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

  /** There was no reply to pass on. */
  settleFailed(error: SluiceError): void {
    this.#span.recordError(error);
    if (this.#reply !== undefined || unbilledWithoutAnswer.has(error.code)) {
      this.#settle("failed", noUsage, "provider", error.code);
      return;
    }
    // The request may have been read, and billed, before the provider fell silent.
    this.breakOff(error);
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
    const outcome = error.code === "client_closed" ? "cancelled" : "failed";
    if (this.account?.usage !== undefined && !this.account.usageIsPartial) {
      this.#settle(outcome, this.account.usage, "provider", error.code);
    } else {
      this.settleByCount(outcome, error.code);
    }
  }

  async #countedUsage(): Promise<Usage> {
    const { parts, envelope, body } = this.#options;
    const reported = this.account?.usage;
    const outputText = this.account?.outputText ?? "";
    const [input, output] = await Promise.all([
      reported === undefined ? this.#countedInput(envelope, body) : reported.inputTokens,
      parts.tokens.count(outputText),
    ]);
    // Text beyond what was kept is taken to be like the text before it.
    const scale = outputText.length === 0 ? 1 : (this.account?.outputChars ?? 0) / outputText.length;
    const outputTokens = Math.ceil((output ?? outputText.length / 4) * scale);
    return {
      ...noUsage,
      ...reported,
      inputTokens: input,
      outputTokens: Math.max(outputTokens, reported?.outputTokens ?? 0),
    };
  }

  async #countedInput(envelope: IdentifiedEnvelope, body: string): Promise<number> {
    try {
      const { text, overheadTokens } = countableInput(envelope, JSON.parse(body));
      const tokens = await this.#options.parts.tokens.count(text);
      return tokens === undefined ? this.#estimate.inputTokens : tokens + overheadTokens;
    } catch {
      // A body of the provider's own kind, which passed through and which the dialect can't read.
      return this.#estimate.inputTokens;
    }
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
      const id = providerRequestIdOf(this.#reply.headers);
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
