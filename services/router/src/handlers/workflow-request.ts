import type { FrameWriter } from "@sluice/bus/frame-writer";
import type { StepDelivery } from "@sluice/bus/pipeline-step";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { EndFrame, HeadFrame } from "@sluice/contracts/frames";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { noUsage, type Usage } from "@sluice/contracts/usage";
import { getDialect } from "@sluice/dialects/dialects";
import { targetOfChoice, type WorkflowTarget } from "@sluice/resources/find-target";
import type { Snapshot } from "@sluice/resources/snapshot";
import { sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import { bodyText } from "../domain/body-text.ts";
import { estimateUsage } from "../domain/estimated-usage.ts";
import { runWorkflow, type StepContext } from "../domain/run-workflow.ts";
import { evaluated } from "../domain/step-failure.ts";
import { readStepReply, replyOfText, type StepReply } from "../domain/step-reply.ts";
import { writeStepRequest } from "../domain/step-request.ts";
import { sumUsage } from "../domain/sum-usage.ts";
import { replyFactsOf } from "../domain/translate.ts";
import type { WorkflowInput } from "../domain/workflow-input.ts";
import { type PlannedModelStep, type PlannedStep, planWorkflow } from "../domain/workflow-plan.ts";
import {
  translateStepStream,
  type WorkflowReplyOptions,
  writeWorkflowReply,
  writeWorkflowStream,
} from "../domain/workflow-reply.ts";
import type { RouterParts } from "../router-parts.ts";
import { callStep, type StepCallOptions } from "./call-step.ts";
import { openStreamRoom } from "./open-stream-room.ts";
import type { Reservation } from "./reservation.ts";
import type { StreamRoom } from "./stream-room.ts";
import { takeLeave } from "./take-leave.ts";

export interface WorkflowRequestOptions {
  parts: RouterParts;
  delivery: StepDelivery;
  envelope: IdentifiedEnvelope;
  /** The revision of the configuration that the request is judged by. */
  snapshot: Snapshot;
  target: WorkflowTarget;
  input: WorkflowInput;
  span: SluiceSpan;
  /** What the steps are counted against; undefined where nothing is limited. */
  reservation: Reservation | undefined;
}

/** Largest plain reply of a step; it is held as a whole, and is text for the steps behind it. */
const maxStepReplyBytes = 16 * 1024 * 1024;

/** What a step gave; `isWritten` where the client has it already, as it came. */
interface StepResult extends Partial<StepReply> {
  output: string;
  isWritten: boolean;
}

/**
 * One request for a workflow at the router: its steps, each a request of its own, and the reply of the last. The
 * origin gives its leave for all of them, so that they are run by one delivery only.
 */
export class WorkflowRequest {
  readonly #options: WorkflowRequestOptions;
  readonly #writer: FrameWriter;
  readonly #reply: WorkflowReplyOptions;
  readonly #startedMs = performance.now();
  #usage: Usage = noUsage;
  /** What made the reply, as headers say it. */
  #headers: Record<string, string> = {};

  constructor(options: WorkflowRequestOptions) {
    const { delivery, envelope, target, input } = options;
    this.#options = options;
    this.#writer = delivery.reply();
    const facts = { ...replyFactsOf(envelope, input.request), model: target.workflow.model };
    this.#reply = { client: getDialect(envelope.dialect), facts };
  }

  /** Runs the steps and answers. @throws SluiceError where there is nothing to answer with but an error */
  async run(): Promise<void> {
    const { delivery, target, input, span, reservation } = this.#options;
    span.setAttributes({ [sluiceAttributes.workflow]: target.name });
    await takeLeave(delivery, undefined, { repeatable: false, reservation });
    const { signal } = delivery;
    let result: StepResult;
    try {
      result = await runWorkflow(
        planWorkflow(target.workflow),
        input.values,
        (plan, context) => this.#perform(plan, context),
        signal,
      );
    } catch (error) {
      // That the request is over is no failure of the step that it was at.
      throw signal.aborted ? SluiceError.from(signal.reason) : error;
    }
    if (!result.isWritten) await this.#write(result);
    this.#writer.end({ usage: this.#usage, durationMs: performance.now() - this.#startedMs });
  }

  async #perform(plan: PlannedStep, context: StepContext): Promise<StepResult> {
    if (plan.type === "template") {
      const text = evaluated("its template", () => plan.template.render(context.values));
      return { ...replyOfText(text), isWritten: false };
    }
    const call = this.#callOf(plan, context);
    return call.stream ? await this.#stream(call) : await this.#plain(plan, call, context);
  }

  #callOf(plan: PlannedModelStep, { values, answers, signal }: StepContext): StepCallOptions {
    const { parts, delivery, envelope, snapshot, target, input, span, reservation } = this.#options;
    const { step } = plan;
    const choice = plan.choices.findIndex(
      (when) => when === undefined || evaluated("the condition of its choice", () => when.holds(values)),
    );
    const { model = "" } = step.choices[choice] ?? {};
    const found = targetOfChoice(snapshot, target.name, step, choice);
    if (found === undefined) throw new SluiceError("model_not_found", "Its model is not known here.");
    const stream = answers && envelope.stream;
    return {
      parts,
      parent: envelope,
      snapshot,
      span,
      reservation,
      workflow: target.name,
      step: step.name,
      choice,
      model,
      target: found,
      request: writeStepRequest({ plan, values, client: input.request, model, stream }),
      stream,
      remainingMs: delivery.remainingMs(),
      signal,
    };
  }

  async #plain(
    { step }: PlannedModelStep,
    call: StepCallOptions,
    { answers }: StepContext,
  ): Promise<StepResult> {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    const end = await callStep(call, {
      head: (head) => this.#note(head, answers),
      data: (piece) => {
        bytes += piece.length;
        if (bytes > maxStepReplyBytes) {
          return Promise.reject(
            new SluiceError("provider_invalid_reply", "The reply is too large for a step."),
          );
        }
        pieces.push(piece);
        return Promise.resolve();
      },
    });
    const reply = readStepReply(step, Buffer.concat(pieces));
    this.#count(end, reply.reply.usage);
    return { ...reply, isWritten: false };
  }

  /** The reply of the step is the client's: it goes on piece by piece. */
  async #stream(call: StepCallOptions): Promise<StepResult> {
    const translation = translateStepStream(this.#reply, this.#usage);
    const room = this.#roomOf(call);
    const end = await callStep(call, {
      head: (head) => {
        this.#note(head, true);
        this.#head();
      },
      data: async (piece) => {
        const data = translation.push(piece);
        const { outputText, outputChars } = translation.account();
        const isAhead = room?.passed({ outputText, outputChars, usage: undefined });
        if (isAhead !== undefined) await isAhead;
        await this.#writer.data(data);
        const failure = translation.failure();
        if (failure !== undefined) throw failure;
      },
    });
    await this.#writer.data(translation.finish());
    this.#count(end, undefined);
    return { output: "", isWritten: true };
  }

  /** What keeps the answer within the limits of the workflow; the steps before it are counted already. */
  #roomOf({ target, request }: StepCallOptions): StreamRoom | undefined {
    const { parts, envelope, snapshot } = this.#options;
    if (envelope.room === undefined) return undefined;
    const { inputTokens } = estimateUsage(envelope, bodyText(request.body));
    const price = parts.prices.find(snapshot, {
      backend: target.backendName,
      provider: target.backend.provider,
      model: target.providerModel,
      atMs: Date.now(),
      inputTokens,
    });
    return openStreamRoom({ ...this.#options, price, inputTokens });
  }

  async #write({ reply }: StepResult): Promise<void> {
    if (reply === undefined) throw new Error("a step that has not been written has no reply");
    const write = this.#options.envelope.stream ? writeWorkflowStream : writeWorkflowReply;
    const body = write(this.#reply, reply, this.#usage);
    this.#head();
    await this.#writer.data(body);
  }

  #note({ headers }: HeadFrame, answers: boolean): void {
    if (!answers) return;
    for (const name of ["x-sluice-model", "x-sluice-backend"]) {
      if (headers[name] !== undefined) this.#headers[name] = headers[name];
    }
  }

  #head(): void {
    const { envelope, target } = this.#options;
    const isEventStream = envelope.stream && envelope.streamFraming === "sse";
    const headers = {
      "content-type": isEventStream ? "text/event-stream; charset=utf-8" : "application/json; charset=utf-8",
      "x-sluice-workflow": target.name,
      ...this.#headers,
    };
    this.#writer.head({ status: 200, headers });
  }

  #count({ usage }: EndFrame, reported: Usage | undefined): void {
    this.#usage = sumUsage(this.#usage, usage ?? reported ?? noUsage);
  }
}
