import type { FrameWriter } from "@sluice/bus/frame-writer";
import type { StepDelivery } from "@sluice/bus/pipeline-step";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { noUsage } from "@sluice/contracts/usage";
import type { CanonicalChatRequest } from "@sluice/dialects/canonical-request";
import type { ModelTarget } from "@sluice/resources/find-target";
import type { LastResort } from "@sluice/resources/last-resort";
import type { Snapshot } from "@sluice/resources/snapshot";
import { sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import type { TargetHealth } from "../adapters/target-health.ts";
import { CallSequence } from "../domain/call-sequence.ts";
import { calledTarget } from "../domain/called-target.ts";
import { isTargetFailure, otherTargetMayAnswer } from "../domain/failover.ts";
import type { KeptReply } from "../domain/kept-reply.ts";
import { lastResortReply } from "../domain/last-resort-reply.ts";
import { promptHeader } from "../domain/reply-headers.ts";
import { streamEvents } from "../domain/stream-events.ts";
import { newStream, requestToGoOnWith, type StreamSoFar } from "../domain/stream-so-far.ts";
import { orderTargets } from "../domain/target-order.ts";
import type { RouterParts } from "../router-parts.ts";
import { Attempt } from "./attempt.ts";
import type { CachedReply } from "./cached-reply.ts";
import { callUntilAnswered } from "./call-until-answered.ts";
import { measureTargets } from "./measure-targets.ts";
import { type PreparedCall, prepareCall } from "./prepare-call.ts";
import type { Reservation } from "./reservation.ts";
import { takeLeave } from "./take-leave.ts";
import { type Failure, TargetCall } from "./target-call.ts";

export interface RoutedRequestOptions {
  parts: RouterParts;
  delivery: StepDelivery;
  envelope: IdentifiedEnvelope;
  /** The revision of the configuration that the request is judged by. */
  snapshot: Snapshot;
  /** What serves it: a target, or several. */
  found: ModelTarget;
  /** Text of the client's body. */
  body: string;
  /** Where the reply is kept for the same request; undefined where it is not to be. */
  cached: CachedReply | undefined;
  /** Whether the origin's leave to call has been taken already. @default false */
  hasLeave?: boolean;
  span: SluiceSpan;
  /** What the calls are counted against; undefined where nothing is limited. */
  reservation: Reservation | undefined;
}

/** One request at the router: its provider calls, one after the other, and the reply of the last. */
export class RoutedRequest {
  readonly #options: RoutedRequestOptions;
  readonly #writer: FrameWriter;
  readonly #startedMs = performance.now();
  /** What a chat is answered with that no target answers; not for steps, which fail. */
  readonly #lastResort: LastResort | undefined;
  /** What is asked, where another call may go on with a stream that breaks off. */
  readonly #toGoOnWith: CanonicalChatRequest | undefined;
  #soFar: StreamSoFar | undefined;
  #attempts = 0;
  #hasLeave: boolean;
  /** Why a call failed by the fault of its target. */
  #targetFailure: SluiceError | undefined;

  constructor(options: RoutedRequestOptions) {
    this.#options = options;
    this.#writer = options.delivery.reply();
    const { envelope, found, body } = options;
    const mayStandIn = envelope.operation === "chat" && envelope.workflowStep === undefined;
    this.#hasLeave = options.hasLeave ?? false;
    this.#lastResort = mayStandIn ? found.lastResort : undefined;
    this.#toGoOnWith = found.midStream === "continue" ? requestToGoOnWith(envelope, body) : undefined;
  }

  /** Makes the calls and answers. @throws SluiceError where there is nothing to answer with but an error */
  async run(): Promise<void> {
    const { cached } = this.#options;
    if (cached === undefined) {
      await this.#callUntilAnswered();
      return;
    }
    const kept = await this.#findKept(cached);
    if (kept === undefined) await this.#callUntilAnswered();
    else await this.#answerFromCache(kept, cached.headers);
  }

  async #findKept(cached: CachedReply): Promise<KeptReply | undefined> {
    const { parts, delivery, envelope, found, span } = this.#options;
    const isInspected = found.guardPolicies.some(([, { reply }]) => reply.length > 0);
    if (isInspected) parts.rejections.watch(envelope, cached);
    const kept = await cached.find({
      beforeWaiting: () => this.#waitForOther(),
      signal: delivery.signal,
    });
    span.setAttributes({ [sluiceAttributes.cacheResult]: cached.result });
    const { similarity } = cached;
    if (similarity !== undefined) span.setAttributes({ [sluiceAttributes.cacheSimilarity]: similarity });
    parts.cacheMetrics.looked(cached.result, found.label);
    return kept;
  }

  /** Whoever waits for another's call holds the request for good, as who calls does. */
  async #waitForOther(): Promise<void> {
    if (this.#hasLeave) return;
    const { delivery, reservation } = this.#options;
    await this.#takeLeave(undefined);
    reservation?.waits(delivery.remainingMs());
  }

  async #answerFromCache(kept: KeptReply, cacheHeaders: Record<string, string>): Promise<void> {
    const { envelope } = this.#options;
    const { headers, body, storedAtMs, responseModel, usage } = kept;
    const target = this.#targetOf(kept);
    const attempt = this.#attempt(target, this.#options.body);
    const ageSeconds = Math.max(0, Math.floor((Date.now() - storedAtMs) / 1000));
    this.#writer.head({
      status: 200,
      headers: {
        ...headers,
        ...promptHeader(envelope.prompt),
        ...cacheHeaders,
        age: String(ageSeconds),
      },
    });
    const pieces = envelope.stream && envelope.streamFraming === "sse" ? streamEvents(body) : [body];
    for (const piece of pieces) await this.#writer.data(Buffer.from(piece));
    this.#writer.end({
      provider: target.backend.provider,
      durationMs: performance.now() - this.#startedMs,
      usage: noUsage,
      ...(responseModel === undefined ? {} : { responseModel }),
    });
    attempt.settleCached(usage, responseModel);
  }

  /** The one of several targets that made a kept reply; the first where it is none of them any more. */
  #targetOf({ backendName, providerModel }: KeptReply): ModelTarget {
    const { found } = this.#options;
    const target = found.pool?.targets.find(
      (each) => each.backendName === backendName && each.providerModel === providerModel,
    );
    return target === undefined ? found : { ...found, ...target };
  }

  /** Calls one target after the other, and again where a failure allows it. */
  async #callUntilAnswered(): Promise<void> {
    const { parts, delivery, found, envelope } = this.#options;
    const sequence = new CallSequence<ModelTarget>({
      targets: orderTargets(found, envelope, parts.health, measureTargets(this.#options)),
      retriesOf: ({ backend }) => backend.retries,
      budgetOf: ({ backendName }) => parts.retryBudgets.of(backendName),
    });
    const failure = await callUntilAnswered<ModelTarget, Failure>({
      sequence,
      signal: delivery.signal,
      remainingMs: () => delivery.remainingMs(),
      call: (target) => this.#callTarget(target, sequence.hasAnother || this.#lastResort !== undefined),
    });
    if (failure !== undefined) await this.#answerWith(failure);
  }

  /** @returns why the target gave no reply to pass on */
  async #callTarget(target: ModelTarget, hasAnother: boolean): Promise<Failure | undefined> {
    let prepared: PreparedCall;
    try {
      const goesOn = this.#writer.started;
      if (!goesOn) this.#soFar = this.#toGoOnWith && newStream(this.#options.envelope, this.#toGoOnWith);
      prepared = await prepareCall({ ...this.#options, soFar: this.#soFar, goesOn }, target);
    } catch (thrown) {
      return this.#failed(target, { error: SluiceError.from(thrown) });
    }
    try {
      const failure = await this.#made(prepared, hasAnother);
      return failure && this.#failed(target, failure);
    } catch (thrown) {
      this.#health?.released(target);
      throw thrown;
    }
  }

  #failed(target: ModelTarget, failure: Failure): Failure {
    this.#health?.failed(target, target.backend.breaker, failure.error);
    if (isTargetFailure(failure.error)) this.#targetFailure = failure.error;
    return failure;
  }

  async #made(prepared: PreparedCall, hasAnother: boolean): Promise<Failure | undefined> {
    const attempt = await this.#begin(prepared.target, prepared.body);
    const [health, startedMs] = [this.#health, this.#startedMs];
    return await new TargetCall({
      ...this.#options,
      ...prepared,
      attempt,
      hasAnother,
      health,
      startedMs,
    }).run();
  }

  /** Undefined where there is nothing to choose from. */
  get #health(): TargetHealth | undefined {
    const { parts, found } = this.#options;
    return found.pool === undefined ? undefined : parts.health;
  }

  /** Writes a call ahead; the first while the origin is asked for its leave. */
  async #begin(target: ModelTarget, body: string): Promise<Attempt> {
    const attempt = this.#attempt(target, body);
    if (this.#hasLeave) await attempt.writeAheadOrAbandon();
    else await this.#takeLeave(attempt);
    return attempt;
  }

  async #takeLeave(attempt: Attempt | undefined): Promise<void> {
    const { delivery, envelope, found, reservation } = this.#options;
    // Of a stream the client has seen a part by the time its router is lost, as a rule.
    const repeatable = found.lostCall === "repeat" && !envelope.stream;
    await takeLeave(delivery, attempt, { repeatable, reservation });
    this.#hasLeave = true;
  }

  /** @param body text of what is asked, in the client's dialect */
  #attempt(target: ModelTarget, body: string): Attempt {
    const { parts, delivery } = this.#options;
    const number = ++this.#attempts;
    const remainingMs = delivery.remainingMs();
    const load = this.#health === undefined ? undefined : parts.loads.of(target);
    return new Attempt({ ...this.#options, body, called: calledTarget(target), load, number, remainingMs });
  }

  async #answerWith({ error, answer }: Failure): Promise<void> {
    if (this.#writer.started) {
      // The client had a part of a stream, with which nobody could go on.
      this.#writer.error(this.#targetFailure ?? error);
      return;
    }
    if (this.#lastResort !== undefined && this.#targetFailure !== undefined && otherTargetMayAnswer(error)) {
      await this.#standIn(this.#lastResort);
      return;
    }
    if (answer === undefined) throw error;
    const { provider, status, headers, body } = answer;
    this.#writer.head({ status, headers });
    await this.#writer.data(body);
    this.#writer.end({ provider, durationMs: performance.now() - this.#startedMs });
  }

  /** Answers in place of all targets. It is no call: nothing of it is booked. */
  async #standIn(lastResort: LastResort): Promise<void> {
    const { envelope, body: asked } = this.#options;
    const { status, headers, body } = lastResortReply(envelope, asked, lastResort);
    this.#writer.head({
      status,
      headers: {
        ...headers,
        ...(this.#attempts > 1 ? { "x-sluice-attempts": String(this.#attempts) } : {}),
        ...promptHeader(envelope.prompt),
      },
    });
    await this.#writer.data(Buffer.from(body));
    this.#writer.end({ durationMs: performance.now() - this.#startedMs });
  }
}
