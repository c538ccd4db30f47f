import { setTimeout as sleep } from "node:timers/promises";
import type { FrameWriter } from "@sluice/bus/frame-writer";
import type { StepDelivery } from "@sluice/bus/pipeline-step";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { getDialect } from "@sluice/dialects/dialects";
import type { ModelTarget } from "@sluice/resources/find-target";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import { collectBody } from "../adapters/collect-body.ts";
import type { ProviderReply } from "../adapters/provider-exchange.ts";
import type { KeptReply } from "../adapters/reply-cache.ts";
import type { TargetHealth } from "../adapters/target-health.ts";
import { jsonOrText } from "../domain/body-text.ts";
import { CallSequence } from "../domain/call-sequence.ts";
import { calledTarget } from "../domain/called-target.ts";
import { promptHeader, replyHeaders } from "../domain/reply-headers.ts";
import { accountOfBrokenReply } from "../domain/reply-text.ts";
import { orderTargets } from "../domain/target-order.ts";
import type { RouterParts } from "../router-parts.ts";
import { Attempt } from "./attempt.ts";
import type { CachedReply } from "./cached-reply.ts";
import { type PreparedCall, prepareCall } from "./prepare-call.ts";
import type { Reservation } from "./reservation.ts";
import { takeLeave } from "./take-leave.ts";

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
  span: SluiceSpan;
  /** What the calls are counted against; undefined where nothing is limited. */
  reservation: Reservation | undefined;
}

/** Largest error body of a provider that is read. */
const maxErrorBytes = 1024 * 1024;
/** Largest plain reply; it is held as a whole, so that half a reply is never passed on as one. */
const maxPlainReplyBytes = 128 * 1024 * 1024;

/** A call that gave no reply for the client. */
interface Failure {
  error: SluiceError;
  /** The provider's own answer, where the client can be given it as it is. */
  answer?: { provider: string; status: number; headers: Record<string, string>; body: Buffer };
}

/** A call that is made: what it asks, and its book-keeping. */
interface OpenCall extends PreparedCall {
  attempt: Attempt;
}

/** One request at the router: its provider calls, one after the other, and the reply of the last. */
export class RoutedRequest {
  readonly #options: RoutedRequestOptions;
  readonly #writer: FrameWriter;
  readonly #startedMs = performance.now();
  #attempts = 0;
  readonly #called = new Set<ModelTarget>();
  /** Whether another target is called should this one fail. */
  #hasAnother = false;

  constructor(options: RoutedRequestOptions) {
    this.#options = options;
    this.#writer = options.delivery.reply();
  }

  /** Makes the calls and answers. @throws SluiceError where there is nothing to answer with but an error */
  async run(): Promise<void> {
    const kept = await this.#options.cached?.find();
    if (kept !== undefined) {
      await this.#answerFromCache(kept);
      return;
    }
    await this.#callUntilAnswered();
  }

  async #answerFromCache({ headers, body, storedAtMs, responseModel }: KeptReply): Promise<void> {
    const { found } = this.#options;
    const attempt = this.#attempt(found);
    const ageSeconds = Math.max(0, Math.floor((Date.now() - storedAtMs) / 1000));
    this.#writer.head({
      status: 200,
      headers: {
        ...headers,
        ...promptHeader(this.#options.envelope.prompt),
        "x-sluice-cache": "hit",
        age: String(ageSeconds),
      },
    });
    await this.#writer.data(Buffer.from(body));
    this.#writer.end({
      provider: found.backend.provider,
      durationMs: performance.now() - this.#startedMs,
      ...(responseModel === undefined ? {} : { responseModel }),
    });
    attempt.settleCached();
  }

  /** Calls one target after the other, and again where a failure allows it. */
  async #callUntilAnswered(): Promise<void> {
    const { parts, delivery, found, envelope } = this.#options;
    const { signal } = delivery;
    const sequence = new CallSequence<ModelTarget>({
      targets: orderTargets(found, envelope, parts.health),
      retriesOf: ({ backend }) => backend.retries,
      mayRepeat: ({ backendName }) => parts.retryBudgets.of(backendName).take(),
    });
    for (let target = sequence.first; ; ) {
      this.#hasAnother = sequence.hasAnother;
      const failure = await this.#callTarget(target);
      if (failure === undefined) return;
      const next = signal.aborted
        ? undefined
        : sequence.after(failure.error, delivery.remainingMs(), Math.random());
      if (next === undefined) {
        await this.#answerWith(failure);
        return;
      }
      target = next.target;
      await this.#pause(next.pauseMs);
    }
  }

  async #pause(pauseMs: number): Promise<void> {
    const { signal } = this.#options.delivery;
    if (pauseMs === 0) return;
    await sleep(pauseMs, undefined, { signal }).catch(() => {
      throw signal.reason;
    });
  }

  /** @returns why the target gave no reply to pass on */
  async #callTarget(target: ModelTarget): Promise<Failure | undefined> {
    let prepared: PreparedCall;
    try {
      prepared = await prepareCall(this.#options, target);
    } catch (thrown) {
      const error = SluiceError.from(thrown);
      this.#health?.failed(target, error);
      return { error };
    }
    try {
      const failure = await this.#call({ ...prepared, attempt: await this.#begin(target) });
      if (failure !== undefined) this.#health?.failed(target, failure.error);
      return failure;
    } catch (thrown) {
      this.#health?.released(target);
      throw thrown;
    }
  }

  /** Undefined where there is nothing to choose from. */
  get #health(): TargetHealth | undefined {
    const { parts, found } = this.#options;
    return found.pool === undefined ? undefined : parts.health;
  }

  /** Writes a call ahead; the first while the origin is asked for its leave. */
  async #begin(target: ModelTarget): Promise<Attempt> {
    const { parts, delivery, envelope, found, reservation } = this.#options;
    const attempt = this.#attempt(target);
    if (!this.#called.has(target)) parts.retryBudgets.of(target.backendName).called();
    this.#called.add(target);
    if (attempt.number > 1) {
      await attempt.writeAheadOrAbandon();
      return attempt;
    }
    // Of a stream the client has seen a part by the time its router is lost, as a rule.
    const repeatable = found.lostCall === "repeat" && !envelope.stream;
    await takeLeave(delivery, attempt, { repeatable, reservation });
    return attempt;
  }

  #attempt(target: ModelTarget): Attempt {
    const { delivery } = this.#options;
    const number = ++this.#attempts;
    const remainingMs = delivery.remainingMs();
    return new Attempt({ ...this.#options, called: calledTarget(target), number, remainingMs });
  }

  /** Makes one call and passes on its reply. @returns why there was none to pass on */
  async #call(call: OpenCall): Promise<Failure | undefined> {
    const { parts, delivery, envelope } = this.#options;
    const { attempt, target, access, plan } = call;
    const provider = getDialect(target.backend.provider);
    let reply: ProviderReply;
    try {
      reply = await parts.providers.call({
        origin: access.origin,
        method: "POST",
        path: access.basePath + plan.path,
        headers: {
          host: access.host,
          ...provider.providerHeaders(access.apiKey, envelope.headers),
          ...attempt.headers(),
          "content-type": "application/json",
          accept: envelope.stream ? "text/event-stream" : "application/json",
          "user-agent": "sluice",
        },
        body: plan.body,
        timeouts: target.backend.timeouts,
        signal: delivery.signal,
        onSent: () => attempt.sent(),
      });
    } catch (thrown) {
      const error = SluiceError.from(thrown);
      attempt.settleFailed(error);
      return { error };
    }
    attempt.answered(reply);
    if (reply.status >= 400) return await this.#refusal(call, reply);
    return await (envelope.stream ? this.#stream(call, reply) : this.#plain(call, reply));
  }

  /** The provider answered with an error. */
  async #refusal({ attempt, target, plan }: OpenCall, reply: ProviderReply): Promise<Failure> {
    const provider = getDialect(target.backend.provider);
    // An error whose body is too large or breaks off is still that error.
    const body = await collectBody(reply.body, maxErrorBytes).catch(() => Buffer.alloc(0));
    const error = provider.toProviderError(reply.status, reply.headers, jsonOrText(body));
    attempt.settleFailed(error);
    if (!plan.sameDialect || error.code === "provider_credential" || body.length === 0) return { error };
    const contentType = reply.headers["content-type"] ?? "application/json";
    const headers = this.#headers(target, reply, contentType);
    return { error, answer: { provider: target.backend.provider, status: reply.status, headers, body } };
  }

  async #answerWith({ error, answer }: Failure): Promise<void> {
    if (answer === undefined) throw error;
    const { provider, status, headers, body } = answer;
    this.#writer.head({ status, headers });
    await this.#writer.data(body);
    this.#writer.end({ provider, durationMs: performance.now() - this.#startedMs });
  }

  async #plain(call: OpenCall, reply: ProviderReply): Promise<Failure | undefined> {
    const { attempt, target, plan } = call;
    const received: Uint8Array[] = [];
    try {
      const body = await collectBody(reply.body, maxPlainReplyBytes, received);
      attempt.firstByte();
      this.#health?.succeeded(target);
      const translated = plan.replies.plain(body);
      attempt.account = translated.account;
      const headers = this.#headers(target, reply, "application/json; charset=utf-8");
      attempt.settleWhereReported("completed");
      const marked = this.#keep(target, headers, translated.body, translated.account.responseModel);
      this.#writer.head({ status: 200, headers: marked });
      await this.#writer.data(translated.body);
      this.#end(call);
      return undefined;
    } catch (thrown) {
      const provider = getDialect(target.backend.provider);
      attempt.account ??= accountOfBrokenReply(provider, Buffer.concat(received));
      return this.#break(call, thrown);
    }
  }

  #headers(target: ModelTarget, { headers }: ProviderReply, contentType: string): Record<string, string> {
    const { envelope } = this.#options;
    return {
      ...replyHeaders(target, headers, contentType),
      ...(this.#attempts === 1 ? {} : { "x-sluice-attempts": String(this.#attempts) }),
      ...promptHeader(envelope.prompt),
    };
  }

  /** Keeps a reply for the same request, where that is wanted. @returns its headers, which say so */
  #keep(
    target: ModelTarget,
    headers: Record<string, string>,
    body: Uint8Array,
    responseModel: string | undefined,
  ): Record<string, string> {
    const { cached } = this.#options;
    if (cached === undefined) return headers;
    cached.keep({
      storedAtMs: Date.now(),
      // Not the provider's limits and id, which are those of one call.
      headers: replyHeaders(target, {}, headers["content-type"] ?? "application/json"),
      body: Buffer.from(body).toString("utf8"),
      ...(responseModel === undefined ? {} : { responseModel }),
    });
    return { ...headers, "x-sluice-cache": "miss" };
  }

  async #stream(call: OpenCall, reply: ProviderReply): Promise<Failure | undefined> {
    const { attempt, target, plan } = call;
    const { envelope } = this.#options;
    const translation = plan.replies.stream();
    let begun = false;
    try {
      if (!/^text\/event-stream\b/i.test(reply.headers["content-type"] ?? "")) {
        reply.giveUp();
        throw new SluiceError("provider_invalid_reply", "The provider did not answer with a stream.");
      }
      const type = envelope.streamFraming === "sse" ? "text/event-stream; charset=utf-8" : "application/json";
      const head = { status: 200, headers: this.#headers(target, reply, type) };
      // What the client has not seen the beginning of may still come from another target.
      if (!this.#hasAnother) this.#writer.head(head);
      for await (const piece of reply.body) {
        attempt.firstByte();
        const data = translation.push(piece);
        if (!this.#writer.started) {
          const reported = translation.reported();
          if (reported !== undefined) throw reported;
          this.#writer.head(head);
        }
        if (!begun) this.#health?.succeeded(target);
        begun = true;
        await this.#writer.data(data);
        const failure = translation.failure();
        if (failure !== undefined) throw failure;
      }
      const last = translation.finish();
      const account = translation.account();
      attempt.account = account;
      attempt.settleWhereReported(account.failed ? "failed" : "completed");
      if (!this.#writer.started) this.#writer.head(head);
      await this.#writer.data(last);
      this.#end(call);
      return undefined;
    } catch (thrown) {
      attempt.account = translation.account();
      return this.#break(call, thrown);
    }
  }

  #end({ attempt, target }: OpenCall): void {
    this.#writer.end({
      provider: target.backend.provider,
      durationMs: performance.now() - this.#startedMs,
      ...(attempt.account?.responseModel === undefined
        ? {}
        : { responseModel: attempt.account.responseModel }),
      ...(attempt.account?.usage === undefined ? {} : { usage: attempt.account.usage }),
    });
    attempt.settleByCount(attempt.account?.failed === true ? "failed" : "completed");
  }

  /**
   * A reply that began and does not come to its end is billed for what was used. The client is told, unless it has seen
   * nothing of it and another target can be called.
   */
  #break({ attempt, target }: OpenCall, thrown: unknown): Failure | undefined {
    const error = SluiceError.from(thrown);
    attempt.breakOff(error);
    if (error.code === "internal") throw thrown;
    if (this.#hasAnother && !this.#writer.started) return { error };
    this.#health?.failed(target, error);
    this.#writer.error(error);
    return undefined;
  }
}
