import type { FrameWriter } from "@sluice/bus/frame-writer";
import type { StepDelivery } from "@sluice/bus/pipeline-step";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { getDialect } from "@sluice/dialects/dialects";
import type { ModelTarget } from "@sluice/resources/find-target";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import type { BackendAccess } from "../adapters/backend-directory.ts";
import { collectBody } from "../adapters/collect-body.ts";
import type { ProviderReply } from "../adapters/provider-exchange.ts";
import type { KeptReply } from "../adapters/reply-cache.ts";
import { jsonOrText } from "../domain/body-text.ts";
import type { CallPlan } from "../domain/call-plan.ts";
import { calledTarget } from "../domain/called-target.ts";
import { promptHeader, replyHeaders } from "../domain/reply-headers.ts";
import { accountOfBrokenReply } from "../domain/reply-text.ts";
import { retryDelayMs } from "../domain/retry.ts";
import type { RouterParts } from "../router-parts.ts";
import { Attempt } from "./attempt.ts";
import type { CachedReply } from "./cached-reply.ts";
import { callUntilAnswered } from "./call-until-answered.ts";
import type { Reservation } from "./reservation.ts";
import { takeLeave } from "./take-leave.ts";

export interface RoutedRequestOptions {
  parts: RouterParts;
  delivery: StepDelivery;
  envelope: IdentifiedEnvelope;
  /** The revision of the configuration that the request is judged by. */
  snapshot: Snapshot;
  found: ModelTarget;
  access: BackendAccess;
  plan: CallPlan;
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
  answer?: { status: number; headers: Record<string, string>; body: Buffer };
}

/** One request at the router: its provider calls, one after the other, and the reply of the last. */
export class RoutedRequest {
  readonly #options: RoutedRequestOptions;
  readonly #writer: FrameWriter;
  readonly #startedMs = performance.now();

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
    await this.#callUntilAnswered(await this.#firstAttempt());
  }

  async #answerFromCache({ headers, body, storedAtMs, responseModel }: KeptReply): Promise<void> {
    const attempt = this.#attempt(1);
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
      provider: this.#options.found.backend.provider,
      durationMs: performance.now() - this.#startedMs,
      ...(responseModel === undefined ? {} : { responseModel }),
    });
    attempt.settleCached();
  }

  /** Writes the first call ahead while the origin is asked for its leave. */
  async #firstAttempt(): Promise<Attempt> {
    const { delivery, envelope, found } = this.#options;
    const attempt = this.#attempt(1);
    // Of a stream the client has seen a part by the time its router is lost, as a rule.
    const repeatable = found.lostCall === "repeat" && !envelope.stream;
    await takeLeave(delivery, attempt, { repeatable, reservation: this.#options.reservation });
    return attempt;
  }

  /** Calls, and calls again where a failure allows it. */
  async #callUntilAnswered(first: Attempt): Promise<void> {
    const { delivery, found } = this.#options;
    const failure = await callUntilAnswered<Failure>({
      signal: delivery.signal,
      delayMs: ({ error }, number) =>
        retryDelayMs(error, number, found.backend.retries, delivery.remainingMs(), Math.random()),
      call: async (number) => {
        const attempt = number === 1 ? first : this.#attempt(number);
        if (number > 1) await attempt.writeAheadOrAbandon();
        return await this.#call(attempt);
      },
    });
    if (failure !== undefined) await this.#answerWith(failure);
  }

  #attempt(number: number): Attempt {
    const { parts, delivery, envelope, snapshot, found, body, span, reservation } = this.#options;
    const remainingMs = delivery.remainingMs();
    const called = calledTarget(found);
    return new Attempt({ parts, envelope, snapshot, called, body, span, reservation, number, remainingMs });
  }

  /** Makes one call and passes on its reply. @returns why there was none to pass on */
  async #call(attempt: Attempt): Promise<Failure | undefined> {
    const { parts, delivery, envelope, found, access, plan } = this.#options;
    const provider = getDialect(found.backend.provider);
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
        timeouts: found.backend.timeouts,
        signal: delivery.signal,
        onSent: () => attempt.sent(),
      });
    } catch (thrown) {
      const error = SluiceError.from(thrown);
      attempt.settleFailed(error);
      return { error };
    }
    attempt.answered(reply);
    if (reply.status >= 400) return await this.#refusal(attempt, reply);
    if (envelope.stream) await this.#stream(attempt, reply);
    else await this.#plain(attempt, reply);
    return undefined;
  }

  /** The provider answered with an error. */
  async #refusal(attempt: Attempt, reply: ProviderReply): Promise<Failure> {
    const { found, plan } = this.#options;
    const provider = getDialect(found.backend.provider);
    // An error whose body is too large or breaks off is still that error.
    const body = await collectBody(reply.body, maxErrorBytes).catch(() => Buffer.alloc(0));
    const error = provider.toProviderError(reply.status, reply.headers, jsonOrText(body));
    attempt.settleFailed(error);
    if (!plan.sameDialect || error.code === "provider_credential" || body.length === 0) return { error };
    const contentType = reply.headers["content-type"] ?? "application/json";
    const headers = this.#headers(reply, contentType);
    return { error, answer: { status: reply.status, headers, body } };
  }

  async #answerWith({ error, answer }: Failure): Promise<void> {
    if (answer === undefined) throw error;
    const { status, headers, body } = answer;
    this.#writer.head({ status, headers });
    await this.#writer.data(body);
    this.#writer.end({
      provider: this.#options.found.backend.provider,
      durationMs: performance.now() - this.#startedMs,
    });
  }

  async #plain(attempt: Attempt, reply: ProviderReply): Promise<void> {
    const { found, plan } = this.#options;
    const received: Uint8Array[] = [];
    try {
      const body = await collectBody(reply.body, maxPlainReplyBytes, received);
      attempt.firstByte();
      const translated = plan.replies.plain(body);
      attempt.account = translated.account;
      const headers = this.#headers(reply, "application/json; charset=utf-8");
      attempt.settleWhereReported("completed");
      const marked = this.#keep(headers, translated.body, translated.account.responseModel);
      this.#writer.head({ status: 200, headers: marked });
      await this.#writer.data(translated.body);
      this.#end(attempt);
    } catch (thrown) {
      const provider = getDialect(found.backend.provider);
      attempt.account ??= accountOfBrokenReply(provider, Buffer.concat(received));
      this.#break(attempt, thrown);
    }
  }

  #headers({ headers }: ProviderReply, contentType: string): Record<string, string> {
    const { found, envelope } = this.#options;
    const written = replyHeaders(found, headers, contentType);
    return envelope.prompt === undefined ? written : { ...written, ...promptHeader(envelope.prompt) };
  }

  /** Keeps a reply for the same request, where that is wanted. @returns its headers, which say so */
  #keep(
    headers: Record<string, string>,
    body: Uint8Array,
    responseModel: string | undefined,
  ): Record<string, string> {
    const { cached, found } = this.#options;
    if (cached === undefined) return headers;
    cached.keep({
      storedAtMs: Date.now(),
      // Not the provider's limits and id, which are those of one call.
      headers: replyHeaders(found, {}, headers["content-type"] ?? "application/json"),
      body: Buffer.from(body).toString("utf8"),
      ...(responseModel === undefined ? {} : { responseModel }),
    });
    return { ...headers, "x-sluice-cache": "miss" };
  }

  async #stream(attempt: Attempt, reply: ProviderReply): Promise<void> {
    const { plan, envelope } = this.#options;
    const translation = plan.replies.stream();
    try {
      if (!/^text\/event-stream\b/i.test(reply.headers["content-type"] ?? "")) {
        reply.giveUp();
        throw new SluiceError("provider_invalid_reply", "The provider did not answer with a stream.");
      }
      const type = envelope.streamFraming === "sse" ? "text/event-stream; charset=utf-8" : "application/json";
      this.#writer.head({ status: 200, headers: this.#headers(reply, type) });
      for await (const piece of reply.body) {
        attempt.firstByte();
        await this.#writer.data(translation.push(piece));
        const failure = translation.failure();
        if (failure !== undefined) throw failure;
      }
      const last = translation.finish();
      const account = translation.account();
      attempt.account = account;
      attempt.settleWhereReported(account.failed ? "failed" : "completed");
      await this.#writer.data(last);
      this.#end(attempt);
    } catch (thrown) {
      attempt.account = translation.account();
      this.#break(attempt, thrown);
    }
  }

  #end(attempt: Attempt): void {
    this.#writer.end({
      provider: this.#options.found.backend.provider,
      durationMs: performance.now() - this.#startedMs,
      ...(attempt.account?.responseModel === undefined
        ? {}
        : { responseModel: attempt.account.responseModel }),
      ...(attempt.account?.usage === undefined ? {} : { usage: attempt.account.usage }),
    });
    attempt.settleByCount(attempt.account?.failed === true ? "failed" : "completed");
  }

  /** A reply that began and does not come to its end: billed for what was used, and told to the client. */
  #break(attempt: Attempt, thrown: unknown): void {
    const error = SluiceError.from(thrown);
    attempt.breakOff(error);
    if (error.code === "internal") throw thrown;
    this.#writer.error(error);
  }
}
