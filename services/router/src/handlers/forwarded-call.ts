import { isUtf8 } from "node:buffer";
import type { FrameWriter } from "@sluice/bus/frame-writer";
import type { StepDelivery } from "@sluice/bus/pipeline-step";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { getDialect } from "@sluice/dialects/dialects";
import type { ForwardTarget } from "@sluice/resources/find-target";
import { collectBody } from "../adapters/collect-body.ts";
import type { ProviderReply } from "../adapters/provider-exchange.ts";
import type { TargetHealth } from "../adapters/target-health.ts";
import { refuseOtherEncodings } from "../domain/body-conversion.ts";
import { bodyText, jsonOrText } from "../domain/body-text.ts";
import type { ForwardPlan } from "../domain/forward-plan.ts";
import { forwardedReplyHeaders } from "../domain/forwarded-headers.ts";
import { accountOfBrokenReply } from "../domain/reply-text.ts";
import { RewritingError } from "../domain/rewriting-error.ts";
import { convertMessage, replyNotRewritten, rewriteMessage } from "../domain/rewritten-message.ts";
import type { RouterParts } from "../router-parts.ts";
import type { Attempt } from "./attempt.ts";

/** Largest reply that is held as a whole: to be rewritten, or to be read for what it used. */
const maxHeldBytes = 128 * 1024 * 1024;

/** Refusals that another destination may not give, besides those from 500 on. */
const passingStatus = new Set([408, 429]);

/** A call that gave no reply for the client. */
export interface ForwardFailure {
  error: SluiceError;
  /** The request must not be sent once more. @default false */
  isFinal?: boolean;
}

export interface ForwardedCallOptions {
  parts: RouterParts;
  delivery: StepDelivery;
  target: ForwardTarget;
  /** What it is asked. */
  plan: ForwardPlan;
  /** Its book-keeping; undefined for what costs nothing that is known. */
  attempt: Attempt | undefined;
  /** Which call of the request it is, from 1. */
  number: number;
  /** Whether another destination is asked should this one fail. */
  hasAnother: boolean;
  /** Whether the request may be sent once more after this one has had it. */
  mayRepeat: boolean;
  /** Told of how the destination fares; undefined where there is nothing to choose from. */
  health: TargetHealth | undefined;
  /** When the request came to the router, by `performance.now()`. */
  startedMs: number;
}

/** One call of a destination: it is made, and its reply passed on as it comes, unless it fails before. */
export class ForwardedCall {
  readonly #options: ForwardedCallOptions;
  readonly #writer: FrameWriter;

  constructor(options: ForwardedCallOptions) {
    this.#options = options;
    this.#writer = options.delivery.reply();
  }

  /** Makes one call and passes on its reply. @returns why there was none to pass on */
  async run(): Promise<ForwardFailure | undefined> {
    const { parts, delivery, target, plan, attempt, hasAnother, mayRepeat, health } = this.#options;
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
      return { error, isFinal: wasSent && !mayRepeat };
    }
    attempt?.answered(reply);
    const mayGoOn = hasAnother && mayRepeat;
    const isFailure = passingStatus.has(reply.status) || reply.status >= 500;
    if (isFailure && mayGoOn) {
      reply.giveUp();
      const error = this.#errorOf(reply, Buffer.alloc(0));
      attempt?.settleFailed(error);
      return { error };
    }
    if (isFailure) health?.failed(target, target.upstream.breaker, this.#errorOf(reply, Buffer.alloc(0)));
    else health?.succeeded(target);
    try {
      if (reply.status >= 400) await this.#refusal(attempt, reply);
      else if (plan.known !== undefined && attempt !== undefined) await this.#answerOfModel(attempt, reply);
      else await this.#answer(attempt, reply);
    } catch (thrown) {
      const error = SluiceError.from(thrown);
      attempt?.breakOff(error);
      if (error.code === "internal") throw thrown;
      if (mayGoOn && !this.#writer.started) return { error };
      health?.failed(target, target.upstream.breaker, error);
      this.#writer.error(error);
    }
    return undefined;
  }

  #errorOf({ status, headers }: ProviderReply, body: Buffer): SluiceError {
    const dialect = getDialect(this.#options.plan.known?.dialect ?? "openai");
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
    const { response } = this.#options.plan;
    const converted =
      response === undefined || !isUtf8(body)
        ? undefined
        : convertMessage(response, { headers: reply.headers, body: bodyText(body) });
    if (converted === undefined) await this.#answerWith(reply, reply.headers, body);
    else await this.#answerWith(reply, converted.headers, Buffer.from(converted.body));
  }

  /** A reply of a model that is known: read for what it used, in passing. */
  async #answerOfModel(attempt: Attempt, reply: ProviderReply): Promise<void> {
    const { known, replies } = this.#options.plan;
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
    const { response } = this.#options.plan;
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
    const { response } = this.#options.plan;
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
    const { response } = this.#options.plan;
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
    const { target, number } = this.#options;
    const attempts = number === 1 ? {} : { "x-sluice-attempts": String(number) };
    const own = forwardedReplyHeaders(target.backendName, headers);
    this.#writer.head({ status, headers: { ...own, ...attempts } });
  }

  #end(): void {
    const { target, startedMs } = this.#options;
    this.#writer.end({
      provider: target.upstream.provider,
      durationMs: performance.now() - startedMs,
    });
  }
}

function isEventStream(reply: ProviderReply): boolean {
  return /^text\/event-stream\b/i.test(reply.headers["content-type"] ?? "");
}
