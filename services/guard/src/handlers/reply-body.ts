import type { FrameWriter } from "@sluice/bus/frame-writer";
import type { DialectName } from "@sluice/contracts/dialect-name";
import type { Envelope } from "@sluice/contracts/envelope";
import type { HeadFrame } from "@sluice/contracts/frames";
import { replyBlocked } from "../domain/blocked.ts";
import type { BodyForm, TextualForm } from "../domain/body-form.ts";
import { ByteBacklog } from "../domain/byte-backlog.ts";
import type { DecisionTally } from "../domain/decision-tally.ts";
import { inspectAny } from "../domain/inspect-any.ts";
import { inspectReply } from "../domain/inspect-reply.ts";
import { replyFormOf, withoutLength } from "../domain/reply-form.ts";
import type { ScanPlan } from "../domain/scan-plan.ts";
import { StreamInspector } from "../domain/stream-inspector.ts";

/** The body of a reply on its way through the guard. */
export interface ReplyBody {
  begin(): Promise<void>;
  push(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  /** The reply broke off: what came before goes out inspected, if the client would have got it without a guard. */
  breakOff(): Promise<void>;
  /** Lets all go that was held, and whatever is still to come, as it came. */
  passUninspected(): Promise<ReplyBody>;
}

export interface ReplyBodyOptions {
  head: HeadFrame;
  envelope: Envelope;
  bodyForm: BodyForm;
  plan: ScanPlan;
  tally: DecisionTally;
  reply: FrameWriter;
  /** Largest body that is inspected as a whole. */
  maxReplyBytes: number;
}

/** Chooses by the head how the body is inspected. */
export function openReplyBody(options: ReplyBodyOptions): ReplyBody {
  const { bodyForm } = options;
  const form = replyFormOf(options.head, bodyForm === "any" ? options.envelope : bodyForm);
  switch (form.type) {
    case "stream":
      // Values in the events of an unknown stream may go over several of them.
      if (bodyForm === "any") return new OpaqueBody(options);
      return new StreamedBody(options, bodyForm.dialect, form.framing);
    case "whole":
      return new WholeBody(options, form.form);
    case "opaque":
      return new OpaqueBody(options);
  }
}

class StreamedBody implements ReplyBody {
  readonly #options: ReplyBodyOptions;
  readonly #inspector: StreamInspector;
  readonly #backlog = new ByteBacklog();

  constructor(options: ReplyBodyOptions, dialect: DialectName, framing: Envelope["streamFraming"]) {
    this.#options = options;
    const { plan, tally } = options;
    this.#inspector = new StreamInspector({ plan, tally, dialect, framing });
  }

  async begin(): Promise<void> {
    this.#options.reply.head(withoutLength(this.#options.head));
  }

  async push(bytes: Uint8Array): Promise<void> {
    this.#backlog.add(bytes);
    await this.#pass(this.#inspector.push(bytes));
  }

  async finish(): Promise<void> {
    await this.#pass(this.#inspector.finish());
  }

  async breakOff(): Promise<void> {
    await this.finish();
  }

  async passUninspected(): Promise<ReplyBody> {
    await this.#options.reply.data(this.#backlog.take());
    return new UninspectedBody(this.#options.reply);
  }

  async #pass(pieces: readonly Uint8Array[]): Promise<void> {
    this.#backlog.passed(this.#inspector.passedBytes);
    const [first, ...others] = pieces;
    if (first === undefined) return;
    // What became clear in one turn leaves as one frame.
    await this.#options.reply.data(others.length === 0 ? first : Buffer.concat(pieces));
  }
}

class WholeBody implements ReplyBody {
  readonly #options: ReplyBodyOptions;
  readonly #form: TextualForm;
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(options: ReplyBodyOptions, form: TextualForm) {
    this.#options = options;
    this.#form = form;
  }

  async begin(): Promise<void> {
    // The head waits for the body's inspection.
  }

  async push(bytes: Uint8Array): Promise<void> {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes > this.#options.maxReplyBytes)
      throw new Error("the reply is larger than what is inspected");
  }

  async finish(): Promise<void> {
    const { head, bodyForm, plan, tally, reply } = this.#options;
    const form = this.#form;
    const came = Buffer.concat(this.#pieces);
    const checkpoint = (): void => reply.signal.throwIfAborted();
    const body =
      came.length === 0
        ? came
        : bodyForm === "any" || form === "xml"
          ? await inspectAny({ body: came, form }, plan, tally, checkpoint)
          : await inspectReply({ body: came, isJson: form === "json", ...bodyForm }, plan, tally, checkpoint);
    if (tally.blocked) throw replyBlocked(tally);
    reply.head(body === came ? head : withoutLength(head));
    await reply.data(body);
  }

  async breakOff(): Promise<void> {
    // Nothing has been sent; the error is the whole answer.
  }

  async passUninspected(): Promise<ReplyBody> {
    this.#options.reply.head(this.#options.head);
    await this.#options.reply.data(Buffer.concat(this.#pieces));
    return new UninspectedBody(this.#options.reply);
  }
}

/** A body that cannot be looked into. */
class OpaqueBody implements ReplyBody {
  readonly #options: ReplyBodyOptions;

  constructor(options: ReplyBodyOptions) {
    this.#options = options;
  }

  async begin(): Promise<void> {
    throw new Error("the reply is in a format or encoding that cannot be inspected");
  }

  async push(): Promise<void> {
    await this.begin();
  }

  async finish(): Promise<void> {
    await this.begin();
  }

  async breakOff(): Promise<void> {
    await this.begin();
  }

  async passUninspected(): Promise<ReplyBody> {
    this.#options.reply.head(this.#options.head);
    return new UninspectedBody(this.#options.reply);
  }
}

class UninspectedBody implements ReplyBody {
  readonly #reply: FrameWriter;

  constructor(reply: FrameWriter) {
    this.#reply = reply;
  }

  async begin(): Promise<void> {
    // The head has gone.
  }

  push(bytes: Uint8Array): Promise<void> {
    return this.#reply.data(bytes);
  }

  async finish(): Promise<void> {
    // Nothing is held.
  }

  async breakOff(): Promise<void> {
    // Nothing is held.
  }

  async passUninspected(): Promise<ReplyBody> {
    return this;
  }
}
