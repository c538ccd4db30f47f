import type { FrameWriter } from "@sluice/bus/frame-writer";
import type { StepDelivery } from "@sluice/bus/pipeline-step";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { getDialect } from "@sluice/dialects/dialects";
import { collectBody } from "../adapters/collect-body.ts";
import type { ProviderReply } from "../adapters/provider-exchange.ts";
import type { TargetHealth } from "../adapters/target-health.ts";
import { jsonOrText } from "../domain/body-text.ts";
import { promptHeader, replyHeaders } from "../domain/reply-headers.ts";
import { accountOfBrokenReply } from "../domain/reply-text.ts";
import type { RouterParts } from "../router-parts.ts";
import type { Attempt } from "./attempt.ts";
import type { CachedReply } from "./cached-reply.ts";
import type { PreparedCall } from "./prepare-call.ts";

/** Largest error body of a provider that is read. */
const maxErrorBytes = 1024 * 1024;
/** Largest plain reply; it is held as a whole, so that half a reply is never passed on as one. */
const maxPlainReplyBytes = 128 * 1024 * 1024;

/** A call that gave no reply for the client. */
export interface Failure {
  error: SluiceError;
  /** The provider's own answer, where the client can be given it as it is. */
  answer?: { provider: string; status: number; headers: Record<string, string>; body: Buffer };
}

export interface TargetCallOptions extends PreparedCall {
  parts: RouterParts;
  delivery: StepDelivery;
  envelope: IdentifiedEnvelope;
  /** Its book-keeping. */
  attempt: Attempt;
  /** Whether another target is called should this one fail. */
  hasAnother: boolean;
  /** Told of how the target fares; undefined where there is nothing to choose from. */
  health: TargetHealth | undefined;
  /** Where the reply is kept for the same request; undefined where it is not to be. */
  cached: CachedReply | undefined;
  /** When the request came to the router, by `performance.now()`. */
  startedMs: number;
}

/** One call of a target: it is made, and its reply passed on to the client, unless it fails before. */
export class TargetCall {
  readonly #options: TargetCallOptions;
  readonly #writer: FrameWriter;

  constructor(options: TargetCallOptions) {
    this.#options = options;
    this.#writer = options.delivery.reply();
  }

  /** Makes one call and passes on its reply. @returns why there was none to pass on */
  async run(): Promise<Failure | undefined> {
    const { parts, delivery, envelope, attempt, target, access, plan } = this.#options;
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
    if (reply.status >= 400) return await this.#refusal(reply);
    return await (envelope.stream ? this.#stream(reply) : this.#plain(reply));
  }

  /** The provider answered with an error. */
  async #refusal(reply: ProviderReply): Promise<Failure> {
    const { attempt, target, plan } = this.#options;
    const provider = getDialect(target.backend.provider);
    // An error whose body is too large or breaks off is still that error.
    const body = await collectBody(reply.body, maxErrorBytes).catch(() => Buffer.alloc(0));
    const error = provider.toProviderError(reply.status, reply.headers, jsonOrText(body));
    attempt.settleFailed(error);
    if (!plan.sameDialect || error.code === "provider_credential" || body.length === 0) return { error };
    const contentType = reply.headers["content-type"] ?? "application/json";
    const headers = this.#headers(reply, contentType);
    return { error, answer: { provider: target.backend.provider, status: reply.status, headers, body } };
  }

  async #plain(reply: ProviderReply): Promise<Failure | undefined> {
    const { attempt, target, plan, health, cached } = this.#options;
    const received: Uint8Array[] = [];
    try {
      const body = await collectBody(reply.body, maxPlainReplyBytes, received);
      attempt.firstByte();
      health?.succeeded(target);
      const translated = plan.replies.plain(body);
      attempt.account = translated.account;
      const headers = this.#headers(reply, "application/json; charset=utf-8");
      attempt.settleWhereReported("completed");
      this.#keep(headers, translated.body);
      this.#writer.head({ status: 200, headers: { ...headers, ...cached?.headers } });
      await this.#writer.data(translated.body);
      this.#end();
      return undefined;
    } catch (thrown) {
      const provider = getDialect(target.backend.provider);
      attempt.account ??= accountOfBrokenReply(provider, Buffer.concat(received));
      return this.#break(thrown);
    }
  }

  #headers({ headers }: ProviderReply, contentType: string): Record<string, string> {
    const { envelope, target, attempt } = this.#options;
    return {
      ...replyHeaders(target, headers, contentType),
      ...(attempt.number === 1 ? {} : { "x-sluice-attempts": String(attempt.number) }),
      ...promptHeader(envelope.prompt),
    };
  }

  /** Keeps a whole reply for the same request, where that is wanted. @param body undefined for one that is too large */
  #keep(headers: Record<string, string>, body: Uint8Array | undefined): void {
    const { cached, target, attempt } = this.#options;
    if (cached === undefined) return;
    const responseModel = attempt.account?.responseModel;
    const reply = body && {
      // Not the provider's limits and id, which are those of one call.
      headers: replyHeaders(target, {}, headers["content-type"] ?? "application/json"),
      body: Buffer.from(body).toString("utf8"),
      backendName: target.backendName,
      providerModel: target.providerModel,
      ...(responseModel === undefined ? {} : { responseModel }),
    };
    cached.keep(reply, attempt.used());
  }

  async #stream(reply: ProviderReply): Promise<Failure | undefined> {
    const { envelope, attempt, target, plan, hasAnother, health, cached } = this.#options;
    const translation = plan.replies.stream();
    const collector = cached?.collector();
    let begun = false;
    try {
      if (!/^text\/event-stream\b/i.test(reply.headers["content-type"] ?? "")) {
        reply.giveUp();
        throw new SluiceError("provider_invalid_reply", "The provider did not answer with a stream.");
      }
      const type = envelope.streamFraming === "sse" ? "text/event-stream; charset=utf-8" : "application/json";
      const head = { status: 200, headers: { ...this.#headers(reply, type), ...cached?.headers } };
      // What the client has not seen the beginning of may still come from another target.
      if (!hasAnother) this.#writer.head(head);
      for await (const piece of reply.body) {
        attempt.firstByte();
        const data = translation.push(piece);
        if (!this.#writer.started) {
          const reported = translation.reported();
          if (reported !== undefined) throw reported;
          this.#writer.head(head);
        }
        if (!begun) health?.succeeded(target);
        begun = true;
        collector?.add(data);
        await this.#writer.data(data);
        const failure = translation.failure();
        if (failure !== undefined) throw failure;
      }
      const last = translation.finish();
      const account = translation.account();
      attempt.account = account;
      attempt.settleWhereReported(account.failed ? "failed" : "completed");
      if (!this.#writer.started) this.#writer.head(head);
      collector?.add(last);
      if (!account.failed) this.#keep(head.headers, collector?.whole());
      await this.#writer.data(last);
      this.#end();
      return undefined;
    } catch (thrown) {
      attempt.account = translation.account();
      return this.#break(thrown);
    }
  }

  #end(): void {
    const { attempt, target, startedMs } = this.#options;
    this.#writer.end({
      provider: target.backend.provider,
      durationMs: performance.now() - startedMs,
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
  #break(thrown: unknown): Failure | undefined {
    const { attempt, target, hasAnother, health } = this.#options;
    const error = SluiceError.from(thrown);
    attempt.breakOff(error);
    if (error.code === "internal") throw thrown;
    if (hasAnother && !this.#writer.started) return { error };
    health?.failed(target, error);
    this.#writer.error(error);
    return undefined;
  }
}
