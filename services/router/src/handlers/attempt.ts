import { isDeepStrictEqual } from "node:util";
import { type CallKey, clientRequestIdHeader, writeCallId } from "@sluice/contracts/call-id";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { Price } from "@sluice/contracts/price";
import { usedPrompt } from "@sluice/contracts/prompt-choice";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import { noUsage, type Usage } from "@sluice/contracts/usage";
import type { CallOutcome, DispatchedEvent, Saved, SettledEvent } from "@sluice/contracts/usage-event";
import { costOf } from "@sluice/pricing/cost";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import type { ProviderReply } from "../adapters/provider-exchange.ts";
import type { CalledTarget } from "../domain/called-target.ts";
import { estimateUsage } from "../domain/estimated-usage.ts";
import { providerRequestIdOf } from "../domain/reply-headers.ts";
import type { ReplyAccount } from "../domain/reply-translation.ts";
import type { TargetLoad } from "../domain/target-load.ts";
import type { RouterParts } from "../router-parts.ts";
import { CallTelemetry } from "./call-telemetry.ts";
import { countUsage } from "./count-usage.ts";
import { openStreamRoom } from "./open-stream-room.ts";
import type { Reservation } from "./reservation.ts";
import type { StreamRoom } from "./stream-room.ts";

export interface AttemptOptions {
  parts: RouterParts;
  envelope: IdentifiedEnvelope;
  snapshot: Snapshot;
  called: CalledTarget;
  /** Text of the client's body. */
  body: string;
  /** The router's span of the request. */
  span: SluiceSpan;
  /** What the call is counted against; undefined where nothing is limited. */
  reservation: Reservation | undefined;
  /** What the target has to do; undefined where there is nothing to choose from. */
  load?: TargetLoad | undefined;
  /** From 1. */
  number: number;
  remainingMs: number;
}

type UsageSource = SettledEvent["usageSource"];

/** Ends that are no failure of the call: nobody reads the reply any more, the request's time was over, or its limits were. */
const cancellations = new Set([
  "client_closed",
  "deadline_exceeded",
  "bus_unavailable",
  "rate_limited",
  "budget_exceeded",
  "service_unavailable",
]);

/**
 * The book-keeping of one provider call: written ahead, settled once, with its span and its metrics. It knows
 * nothing of how the call is made.
 */
export class Attempt {
  readonly number: number;
  /** What the reply told about itself; set when it is over. */
  account: ReplyAccount | undefined;
  readonly #options: AttemptOptions;
  readonly #telemetry: CallTelemetry;
  readonly #estimate: Usage;
  readonly #startedMs = performance.now();
  readonly #atMs = Date.now();
  /** What the estimate is priced by; undefined where nobody knows a price. */
  readonly #price: Price | undefined;
  #firstByteMs: number | undefined;
  /** Set where the call was over before its tokens were counted. */
  #endedMs: number | undefined;
  /** Set for a reply from the cache. */
  #responseModel: string | undefined;
  #saved: Saved | undefined;
  #sent = false;
  #reply: ProviderReply | undefined;
  #settled = false;
  /** Made when somebody asks. */
  #used: PromiseWithResolvers<Usage> | undefined;
  #usage: Usage | undefined;

  constructor(options: AttemptOptions) {
    this.number = options.number;
    this.#options = options;
    this.#estimate = estimateUsage(options.envelope, options.body);
    this.#price = this.#priceOf(this.#estimate);
    this.#telemetry = new CallTelemetry(options);
    options.reservation?.callBegins(options.remainingMs);
    options.load?.begin();
  }

  /**
   * Records that the provider is about to be called.
   * @throws SluiceError `ledger_unavailable` when it could not be recorded, and such calls are refused
   */
  async writeAhead(): Promise<void> {
    const { parts, snapshot } = this.#options;
    await parts.recorder.dispatched(this.#dispatched(), snapshot.ledger.unrecordedCalls);
  }

  /** The same, for a call that is not made where it can't be recorded. */
  async writeAheadOrAbandon(): Promise<void> {
    try {
      await this.writeAhead();
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** The call could not be recorded and is not made: it uses nothing, and there is nothing to settle. */
  abandon(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#options.reservation?.callEnded(noUsage, 0n);
    this.#leaveTarget(undefined);
    this.#telemetry.abandoned();
  }

  /** What tells the provider which call this is: our name of it, and the W3C trace context. */
  headers(): Record<string, string> {
    return { [clientRequestIdHeader]: writeCallId(this.#key()), ...this.#telemetry.traceHeaders() };
  }

  /** The request has gone out: the provider may bill it. */
  sent(): void {
    this.#sent = true;
  }

  answered(reply: ProviderReply): void {
    this.#reply = reply;
  }

  /** What keeps the call's stream within its limits; undefined where they are not for streams. */
  streamRoom(): StreamRoom | undefined {
    return openStreamRoom({
      ...this.#options,
      price: this.#price,
      inputTokens: this.#estimate.inputTokens,
    });
  }

  firstByte(): void {
    if (this.#firstByteMs !== undefined) return;
    const nowMs = performance.now();
    this.#firstByteMs = nowMs - this.#startedMs;
    if (this.#options.envelope.stream) this.#options.load?.firstToken(this.#firstByteMs, nowMs);
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

  /**
   * The reply was there from another request: nobody was called, and nothing is billed.
   * @param usage what the call of the kept reply used @param responseModel what answered it
   */
  settleCached(usage: Usage, responseModel: string | undefined): void {
    this.#responseModel = responseModel;
    const price = this.#priceOf(usage);
    this.#saved = price === undefined ? { usage } : { usage, price };
    this.#settle("cached", noUsage, "provider");
  }

  /** What the call used, once it is settled. */
  used(): Promise<Usage> {
    if (this.#usage !== undefined) return Promise.resolve(this.#usage);
    this.#used ??= Promise.withResolvers<Usage>();
    return this.#used.promise;
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
    this.#endedMs = performance.now();
    this.#options.parts.background(
      this.#countedUsage().then((usage) => this.#settle(outcome, usage, "estimated", errorCode)),
    );
  }

  /** The reply began and was broken off, or the provider fell silent: what was used is billed all the same. */
  breakOff(error: SluiceError): void {
    this.#telemetry.failed(error);
    const outcome = outcomeOf(error);
    if (this.account?.usage !== undefined && !this.account.usageIsPartial) {
      this.#settle(outcome, this.account.usage, "provider", error.code);
    } else {
      this.settleByCount(outcome, error.code);
    }
  }

  #dispatched(): DispatchedEvent {
    const { envelope, called, remainingMs, span } = this.#options;
    const atMs = this.#atMs;
    const event: DispatchedEvent = {
      type: "dispatched",
      ...this.#key(),
      atMs,
      deadlineMs: atMs + Math.min(remainingMs, called.totalMs),
      identity: envelope.identity,
      operation: envelope.operation,
      dialect: envelope.dialect,
      revision: envelope.revision,
      requestModel: envelope.model,
      backend: called.backendName,
      provider: called.provider,
      providerModel: called.providerModel,
      stream: envelope.stream,
      estimatedUsage: this.#estimate,
      decisions: envelope.decisions,
      ...usedPrompt(envelope.prompt),
    };
    if (this.#price !== undefined) event.price = this.#price;
    if (envelope.workflowStep !== undefined) {
      const { workflow, step, parentRequestId } = envelope.workflowStep;
      event.workflowStep = { workflow, step, parentRequestId };
    }
    if (envelope.parentRequestId !== undefined) event.parentRequestId = envelope.parentRequestId;
    if (span.traceparent !== undefined) event.traceparent = span.traceparent;
    return event;
  }

  #countedUsage(): Promise<Usage> {
    const { parts, envelope, body } = this.#options;
    return countUsage(parts.tokens, { envelope, body, account: this.account, estimate: this.#estimate });
  }

  #failWithoutUsage(error: SluiceError, usageSource: UsageSource): void {
    this.#telemetry.failed(error);
    this.#settle(outcomeOf(error), noUsage, usageSource, error.code);
  }

  #key(): CallKey {
    const { envelope } = this.#options;
    return { requestId: envelope.requestId, delivery: envelope.delivery, attempt: this.number };
  }

  /** By the prices of the time of the call, however long it took. */
  #priceOf(usage: Usage): Price | undefined {
    const { parts, snapshot, called } = this.#options;
    return parts.prices.find(snapshot, {
      backend: called.backendName,
      provider: called.provider,
      model: called.providerModel,
      responseModel: this.account?.responseModel ?? this.#responseModel,
      atMs: this.#atMs,
      inputTokens: usage.inputTokens,
    });
  }

  /** The price of a settlement where it is not the one that the call was written ahead with; null for none. */
  #changedPrice(usage: Usage): Price | null | undefined {
    // What used nothing costs nothing, by whatever price.
    if (usage.inputTokens + usage.outputTokens === 0) return undefined;
    const price = this.#priceOf(usage);
    return price === this.#price || isDeepStrictEqual(price, this.#price) ? undefined : (price ?? null);
  }

  /** @param changed as of {@link Attempt.#changedPrice} */
  #countAgainstLimits(usage: Usage, changed: Price | null | undefined): void {
    const { reservation, envelope } = this.#options;
    if (reservation === undefined) return;
    const price = changed === undefined ? this.#price : (changed ?? undefined);
    // A reply from the cache costs nothing, be there a charge for each call.
    const costNanoUsd = this.#saved === undefined ? price && costOf(usage, price, envelope.operation) : 0n;
    reservation.callEnded(usage, costNanoUsd);
  }

  #leaveTarget(settled: SettledEvent | undefined): void {
    const { load, envelope } = this.#options;
    if (load === undefined) return;
    const times =
      settled?.outcome === "completed"
        ? {
            durationMs: settled.durationMs,
            firstTokenMs: envelope.stream ? settled.timeToFirstTokenMs : undefined,
            outputTokens: settled.usage.outputTokens,
          }
        : undefined;
    load.end(envelope.stream, times, performance.now());
  }

  #settle(outcome: CallOutcome, usage: Usage, usageSource: UsageSource, errorCode?: string): void {
    if (this.#settled) return;
    this.#settled = true;
    const { parts, span } = this.#options;
    const event: SettledEvent = {
      type: "settled",
      ...this.#key(),
      atMs: Date.now(),
      outcome,
      usage,
      usageSource,
      durationMs: (this.#endedMs ?? performance.now()) - this.#startedMs,
    };
    const price = this.#changedPrice(usage);
    if (price !== undefined) event.price = price;
    const responseModel = this.account?.responseModel ?? this.#responseModel;
    if (responseModel !== undefined) event.responseModel = responseModel;
    if (this.#saved !== undefined) event.saved = this.#saved;
    if (this.#firstByteMs !== undefined) event.timeToFirstTokenMs = this.#firstByteMs;
    if (span.traceparent !== undefined) event.traceparent = span.traceparent;
    if (this.#reply !== undefined) {
      event.providerStatus = this.#reply.status;
      const id = providerRequestIdOf(this.#reply.headers) ?? this.account?.providerReplyId;
      if (id !== undefined) event.providerRequestId = id;
    }
    if (outcome === "cached") parts.recorder.cached(this.#dispatched(), event);
    else parts.recorder.settled(event);
    this.#countAgainstLimits(usage, price);
    this.#leaveTarget(event);
    this.#usage = usage;
    this.#used?.resolve(usage);
    this.#telemetry.ended(event, errorCode);
  }
}

function outcomeOf({ code }: SluiceError): CallOutcome {
  return cancellations.has(code) ? "cancelled" : "failed";
}
