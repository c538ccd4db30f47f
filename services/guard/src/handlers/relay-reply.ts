import type { FrameReader } from "@sluice/bus/frame-reader";
import type { FrameWriter } from "@sluice/bus/frame-writer";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { HeadFrame } from "@sluice/contracts/frames";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { BodyForm } from "../domain/body-form.ts";
import { DecisionTally } from "../domain/decision-tally.ts";
import type { DirectionPlan } from "../domain/guard-plan.ts";
import { failOpenOrThrow } from "./guard-failure.ts";
import type { InspectContext } from "./inspect-context.ts";
import { openReplyBody, type ReplyBody } from "./reply-body.ts";

export interface RelayOptions {
  envelope: IdentifiedEnvelope;
  bodyForm: BodyForm;
  plan: DirectionPlan;
  /** From the router. */
  frames: FrameReader;
  /** To whoever reads the reply. */
  reply: FrameWriter;
}

/**
 * Passes a reply on, inspected. The head of a streamed reply leaves at once, that of another when its body
 * has been inspected, so that a refusal can still have its own status.
 * @throws SluiceError `reply_blocked`, or `guard_unavailable` when it cannot be inspected
 */
export async function relayReply(context: InspectContext, options: RelayOptions): Promise<void> {
  const tally = new DecisionTally("reply");
  const relay = new ReplyRelay(context, options, tally);
  try {
    for await (const frame of options.frames) {
      switch (frame.type) {
        case "head":
          await relay.head(frame.head);
          break;
        case "data":
          await relay.data(frame.bytes);
          break;
        case "end":
          await relay.finish();
          options.reply.end(frame.end);
          break;
        case "error":
          await relay.breakOff();
          options.reply.error(frame.error);
          break;
        case "heartbeat":
          // The writer's own heartbeats tell the next reader that the reply is alive.
          break;
      }
    }
  } finally {
    context.recorder.record(options.envelope, "reply", [...tally.decisions(), ...relay.failures]);
  }
}

/** The state of one relayed reply: inspected until something fails, and then uninspected where the policies say so. */
class ReplyRelay {
  readonly #context: InspectContext;
  readonly #options: RelayOptions;
  readonly #tally: DecisionTally;
  #body: ReplyBody | undefined;
  #failures: ReturnType<typeof failOpenOrThrow> = [];

  constructor(context: InspectContext, options: RelayOptions, tally: DecisionTally) {
    this.#context = context;
    this.#options = options;
    this.#tally = tally;
  }

  /** `failed_open` decisions, empty as long as all was inspected. */
  get failures(): ReturnType<typeof failOpenOrThrow> {
    return this.#failures;
  }

  async head(head: HeadFrame): Promise<void> {
    const { envelope, bodyForm, plan, reply } = this.#options;
    const { maxReplyBytes } = this.#context.config;
    this.#body = openReplyBody({
      head,
      envelope,
      bodyForm,
      plan: plan.scan,
      tally: this.#tally,
      reply,
      maxReplyBytes,
    });
    await this.#orOpen(async (body) => body.begin());
  }

  async data(bytes: Uint8Array): Promise<void> {
    await this.#orOpen((body) => body.push(bytes));
  }

  async finish(): Promise<void> {
    await this.#orOpen((body) => body.finish());
  }

  async breakOff(): Promise<void> {
    await this.#orOpen((body) => body.breakOff());
  }

  async #orOpen(work: (body: ReplyBody) => Promise<void>): Promise<void> {
    if (this.#body === undefined) return;
    try {
      await work(this.#body);
    } catch (thrown) {
      const { envelope, plan, reply, frames } = this.#options;
      const blocked = thrown instanceof SluiceError && thrown.code === "reply_blocked";
      // Neither a judgement nor the end of the request is a failure of the guard.
      if (blocked) frames.reject();
      if (blocked || thrown === reply.brokenOffBy) throw thrown;
      const failure = { requestId: envelope.requestId, direction: "reply", plan, cause: thrown } as const;
      this.#failures = failOpenOrThrow(failure, this.#context.logger);
      this.#body = await this.#body.passUninspected();
    }
  }
}
