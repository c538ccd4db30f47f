import { isUtf8 } from "node:buffer";
import type { FrameWriter } from "@sluice/bus/frame-writer";
import type { StepDelivery } from "@sluice/bus/pipeline-step";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { noUsage } from "@sluice/contracts/usage";
import { getDialect } from "@sluice/dialects/dialects";
import type { ForwardTarget } from "@sluice/resources/find-target";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import { collectBody } from "../adapters/collect-body.ts";
import type { ProviderReply } from "../adapters/provider-exchange.ts";
import type { TargetHealth } from "../adapters/target-health.ts";
import { refuseOtherEncodings } from "../domain/body-conversion.ts";
import { bodyText, jsonOrText } from "../domain/body-text.ts";
import { CallSequence } from "../domain/call-sequence.ts";
import { type CalledTarget, calledTarget } from "../domain/called-target.ts";
import { isTargetFailure } from "../domain/failover.ts";
import { orderDestinations } from "../domain/forward-order.ts";
import type { ForwardPlan } from "../domain/forward-plan.ts";
import { forwardedReplyHeaders } from "../domain/forwarded-headers.ts";
import { accountOfBrokenReply } from "../domain/reply-text.ts";
import { RewritingError } from "../domain/rewriting-error.ts";
import { convertMessage, replyNotRewritten, rewriteMessage } from "../domain/rewritten-message.ts";
import type { RouterParts } from "../router-parts.ts";
import { Attempt } from "./attempt.ts";
import { callUntilAnswered } from "./call-until-answered.ts";
import type { Reservation } from "./reservation.ts";
import { takeLeave } from "./take-leave.ts";

export interface ForwardedRequestOptions {
  parts: RouterParts;
  delivery: StepDelivery;
  envelope: IdentifiedEnvelope;
  snapshot: Snapshot;
  /** What it is forwarded to, or several. */
  target: ForwardTarget;
  /** What one of them is asked. @throws SluiceError where it can't be */
  planOf(target: ForwardTarget): Promise<ForwardPlan>;
  span: SluiceSpan;
  /** What the calls are counted against; undefined where nothing is limited. */
  reservation: Reservation | undefined;
}

/** Largest reply that is held as a whole: to be rewritten, or to be read for what it used. */
const maxHeldBytes = 128 * 1024 * 1024;

/** Answers of a destination that another one may not give. */
const passingStatus = new Set([408, 429]);

/** A call that gave no reply for the client. */
interface ForwardFailure {
  error: SluiceError;
  /** The request must not be sent once more. @default false */
  isFinal?: boolean;
}

/** A destination, and what it is asked. */
interface Planned {
  target: ForwardTarget;
  plan: ForwardPlan;
}

/** One request of a route that is forwarded: the calls of its destinations, and the reply of the last as it comes. */
export class ForwardedRequest {
  readonly #options: ForwardedRequestOptions;
  readonly #writer: FrameWriter;
  readonly #startedMs = performance.now();
  /** Calls so far. */
  #number = 0;
  #asked: Planned | undefined;
  /** Whether another destination may be asked should the present one fail. */
  #hasAnother = false;

  constructor(options: ForwardedRequestOptions) {
    this.#options = options;
    this.#writer = options.delivery.reply();
  }

  /** Makes the calls and answers. @throws SluiceError where there is nothing to answer with but an error */
  async run(): Promise<void> {
    const { delivery, reservation } = this.#options;
    const { targets, planned } = await this.#firstPlanned();
    this.#asked = planned;
    const first = this.#attempt();
    // What is not booked is counted all the same: as a request that used no tokens.
    if (first === undefined) reservation?.callBegins(delivery.remainingMs());
    try {
      await takeLeave(delivery, first, { repeatable: false, reservation });
      await this.#callUntilAnswered(targets, first);
    } finally {
      if (first === undefined) reservation?.callEnded(noUsage, 0n);
    }
  }

  /** The destinations in their order, from the first one on that can be asked. */
  async #firstPlanned(): Promise<{ targets: [ForwardTarget, ...ForwardTarget[]]; planned: Planned }> {
    const { target: found, envelope, parts, planOf } = this.#options;
    let targets = orderDestinations(found, envelope.requestId, parts.health);
    for (;;) {
      const [target, next, ...others] = targets;
      try {
        return { targets, planned: { target, plan: await planOf(target) } };
      } catch (thrown) {
        const error = SluiceError.from(thrown);
        this.#health?.failed(target, target.upstream.breaker, error);
        if (next === undefined || !isTargetFailure(error)) throw thrown;
        targets = [next, ...others];
      }
    }
  }

  /** Undefined where there is nothing to choose from. */
  get #health(): TargetHealth | undefined {
    const { parts, target } = this.#options;
    return target.pool === undefined ? undefined : parts.health;
  }

  get #planned(): Planned {
    if (this.#asked === undefined) throw new Error("nothing is planned yet");
    return this.#asked;
  }

  async #callUntilAnswered(
    targets: [ForwardTarget, ...ForwardTarget[]],
    first: Attempt | undefined,
  ): Promise<void> {
    const { delivery, parts } = this.#options;
    const sequence = new CallSequence<ForwardTarget>({
      targets,
      retriesOf: ({ upstream }) => upstream.retries,
      budgetOf: ({ backendName }) => parts.retryBudgets.of(backendName),
    });
    const failure = await callUntilAnswered<ForwardTarget, ForwardFailure>({
      sequence,
      signal: delivery.signal,
      remainingMs: () => delivery.remainingMs(),
      call: async (target) => {
        this.#hasAnother = sequence.hasAnother;
        const failed = await this.#callTarget(target, first);
        // What has had the request may have done what it says: no other is asked to do it again.
        if (failed?.isFinal === true) throw failed.error;
        return failed;
      },
    });
    if (failure !== undefined) throw failure.error;
  }

  /** @param first the book-keeping of the first call */
  async #callTarget(target: ForwardTarget, first: Attempt | undefined): Promise<ForwardFailure | undefined> {
    let attempt: Attempt | undefined;
    try {
      if (this.#number === 0) attempt = first;
      else {
        if (target !== this.#planned.target)
          this.#asked = { target, plan: await this.#options.planOf(target) };
        attempt = this.#attempt();
      }
    } catch (thrown) {
      const error = SluiceError.from(thrown);
      this.#health?.failed(target, target.upstream.breaker, error);
      return { error };
    }
    try {
      this.#number++;
      if (this.#number > 1) await attempt?.writeAheadOrAbandon();
      const failure = await this.#call(attempt);
      if (failure !== undefined) this.#health?.failed(target, target.upstream.breaker, failure.error);
      return failure;
    } catch (thrown) {
      this.#health?.released(target);
      throw thrown;
    }
  }

  /** Whether the request may be sent once more. @param wasSent whether a destination has had it */
  #mayRepeat(wasSent: boolean): boolean {
    const { pool } = this.#options.target;
    return !wasSent || pool === undefined || pool.methods.includes(this.#planned.plan.request.method);
  }

  /** The book-keeping of a call of a model; undefined for what costs nothing that is known. */
  #attempt(): Attempt | undefined {
    const { parts, delivery, envelope, snapshot, span, reservation } = this.#options;
    const { target, plan } = this.#planned;
    const { known, request } = plan;
    if (known === undefined && target.upstream.model === undefined) return undefined;
    const called = calledTarget(target);
    return new Attempt({
      parts,
      envelope: known ?? { ...envelope, model: target.providerModel },
      snapshot,
      called: known === undefined ? called : calledModel(called, known),
      body: request.text,
      span,
      reservation,
      number: this.#number + 1,
      remainingMs: delivery.remainingMs(),
    });
  }

  /** Makes one call and passes on its reply. @returns why there was none to pass on */
  async #call(attempt: Attempt | undefined): Promise<ForwardFailure | undefined> {
    const { parts, delivery } = this.#options;
    const { target, plan } = this.#planned;
    const { request } = plan;
    let wasSent = false;
    let reply: ProviderReply;
    try {
      reply = await parts.providers.call({
        origin: request.origin,
        method: request.method,
        path: request.path,
        headers: { ...request.headers, ...attempt?.headers() },
        ...(request.body.length === 0 ? {} : { body: request.body }),
        timeouts: target.upstream.timeouts,
        signal: delivery.signal,
        onSent: () => {
          wasSent = true;
          attempt?.sent();
        },
      });
    } catch (thrown) {
      const error = SluiceError.from(thrown);
      attempt?.settleFailed(error);
      return { error, isFinal: !this.#mayRepeat(wasSent) };
    }
    attempt?.answered(reply);
    const mayGoOn = this.#hasAnother && this.#mayRepeat(true);
    const isFailure = passingStatus.has(reply.status) || reply.status >= 500;
    if (isFailure && mayGoOn) {
      reply.giveUp();
      const error = this.#errorOf(reply, Buffer.alloc(0));
      attempt?.settleFailed(error);
      return { error };
    }
    if (isFailure)
      this.#health?.failed(target, target.upstream.breaker, this.#errorOf(reply, Buffer.alloc(0)));
    else this.#health?.succeeded(target);
    try {
      if (reply.status >= 400) await this.#refusal(attempt, reply);
      else if (plan.known !== undefined && attempt !== undefined) await this.#answerOfModel(attempt, reply);
      else await this.#answer(attempt, reply);
    } catch (thrown) {
      const error = SluiceError.from(thrown);
      attempt?.breakOff(error);
      if (error.code === "internal") throw thrown;
      if (mayGoOn && !this.#writer.started) return { error };
      this.#health?.failed(target, target.upstream.breaker, error);
      this.#writer.error(error);
    }
    return undefined;
  }

  #errorOf({ status, headers }: ProviderReply, body: Buffer): SluiceError {
    const dialect = getDialect(this.#planned.plan.known?.dialect ?? "openai");
    return dialect.toProviderError(status, headers, jsonOrText(body));
  }

  /** The destination's own error goes to the client as it is, in the format of the route where that is another one. */
  async #refusal(attempt: Attempt | undefined, reply: ProviderReply): Promise<void> {
    const settle = (body: Buffer): void => attempt?.settleFailed(this.#errorOf(reply, body));
    const body = await collectBody(reply.body, maxHeldBytes).catch((error: unknown) => {
      // An error whose body is too large or breaks off is still that error, and nothing is billed for it.
      settle(Buffer.alloc(0));
      throw error;
    });
    settle(body);
    const { response } = this.#planned.plan;
    const converted =
      response === undefined || !isUtf8(body)
        ? undefined
        : convertMessage(response, { headers: reply.headers, body: bodyText(body) });
    if (converted === undefined) await this.#answerWith(reply, reply.headers, body);
    else await this.#answerWith(reply, converted.headers, Buffer.from(converted.body));
  }

  /** A reply of a model that is known: read for what it used, in passing. */
  async #answerOfModel(attempt: Attempt, reply: ProviderReply): Promise<void> {
    const { known, replies } = this.#planned.plan;
    if (known === undefined || replies === undefined) throw new Error("the call is not known");
    if (!isEventStream(reply)) {
      const received: Uint8Array[] = [];
      try {
        const body = await collectBody(reply.body, maxHeldBytes, received);
        attempt.firstByte();
        attempt.account = replies.plain(body).account;
        attempt.settleWhereReported("completed");
        await this.#answerWhole(reply, body);
        attempt.settleByCount("completed");
      } catch (thrown) {
        attempt.account ??= accountOfBrokenReply(getDialect(known.dialect), Buffer.concat(received));
        throw thrown;
      }
      return;
    }
    const { streamFraming: framing } = known;
    const stream = replies.stream();
    const room = attempt.streamRoom();
    const headers = this.#headersOfStream(reply);
    this.#head(reply, framing === "sse" ? headers : { ...headers, "content-type": "application/json" });
    try {
      for await (const piece of reply.body) {
        attempt.firstByte();
        const data = stream.push(piece);
        const isAhead = room?.passed(stream.account());
        if (isAhead !== undefined) await isAhead;
        await this.#writer.data(data);
      }
      const last = stream.finish();
      attempt.account = stream.account();
      attempt.settleWhereReported(attempt.account.failed ? "failed" : "completed");
      await this.#writer.data(last);
    } finally {
      attempt.account ??= stream.account();
    }
    this.#end();
    attempt.settleByCount(attempt.account.failed ? "failed" : "completed");
  }

  /** Any other reply: on its way as it comes, or as a whole where it is rewritten. */
  async #answer(attempt: Attempt | undefined, reply: ProviderReply): Promise<void> {
    const { response } = this.#planned.plan;
    if (response === undefined || isEventStream(reply)) {
      this.#head(reply, this.#headersOfStream(reply));
      for await (const piece of reply.body) {
        attempt?.firstByte();
        await this.#writer.data(piece);
      }
      this.#end();
    } else {
      const body = await collectBody(reply.body, maxHeldBytes);
      attempt?.firstByte();
      await this.#answerWhole(reply, body);
    }
    attempt?.settleByCount("completed");
  }

  async #answerWhole(reply: ProviderReply, body: Uint8Array): Promise<void> {
    const { response } = this.#planned.plan;
    if (response === undefined) {
      await this.#answerWith(reply, reply.headers, body);
      return;
    }
    try {
      refuseOtherEncodings(response.body, body);
      const { headers, body: rewritten } = rewriteMessage(response, {
        headers: reply.headers,
        query: new URLSearchParams(),
        body: Buffer.from(body).toString("utf8"),
      });
      // Bytes that are no text stay as they are where only the headers change.
      await this.#answerWith(reply, headers, response.body === undefined ? body : Buffer.from(rewritten));
    } catch (error) {
      if (error instanceof RewritingError) throw replyNotRewritten(this.#options.target.route.name, error);
      throw error;
    }
  }

  /** @throws SluiceError `provider_invalid_reply` where the route rewrites the body, which a stream does not have */
  #headersOfStream(reply: ProviderReply): Record<string, string> {
    const { response } = this.#planned.plan;
    if (response === undefined) return reply.headers;
    if (response.body !== undefined) {
      reply.giveUp();
      const text = "The destination answered with a stream, and the route rewrites replies as a whole.";
      throw new SluiceError("provider_invalid_reply", text);
    }
    try {
      const message = { headers: reply.headers, query: new URLSearchParams(), body: "" };
      return rewriteMessage(response, message).headers;
    } catch (error) {
      reply.giveUp();
      if (error instanceof RewritingError) throw replyNotRewritten(this.#options.target.route.name, error);
      throw error;
    }
  }

  async #answerWith(reply: ProviderReply, headers: Record<string, string>, body: Uint8Array): Promise<void> {
    this.#head(reply, headers);
    if (body.length > 0) await this.#writer.data(body);
    this.#end();
  }

  #head({ status }: ProviderReply, headers: Record<string, string>): void {
    const attempts = this.#number === 1 ? {} : { "x-sluice-attempts": String(this.#number) };
    const own = forwardedReplyHeaders(this.#planned.target.backendName, headers);
    this.#writer.head({ status, headers: { ...own, ...attempts } });
  }

  #end(): void {
    const { target } = this.#planned;
    this.#writer.end({
      provider: target.upstream.provider,
      durationMs: performance.now() - this.#startedMs,
    });
  }
}

/** By the model that was asked for, at a provider of the configuration or at the one whose endpoint it is. */
function calledModel(called: CalledTarget, { dialect, model }: IdentifiedEnvelope): CalledTarget {
  const provider = called.provider === "http" ? dialect : called.provider;
  return { ...called, provider, providerModel: model };
}

function isEventStream(reply: ProviderReply): boolean {
  return /^text\/event-stream\b/i.test(reply.headers["content-type"] ?? "");
}
