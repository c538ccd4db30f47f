import type { FrameWriter } from "@sluice/bus/frame-writer";
import type { StepDelivery } from "@sluice/bus/pipeline-step";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { ModelTarget } from "@sluice/resources/find-target";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import type { KeptReply } from "../adapters/reply-cache.ts";
import type { TargetHealth } from "../adapters/target-health.ts";
import { CallSequence } from "../domain/call-sequence.ts";
import { calledTarget } from "../domain/called-target.ts";
import { promptHeader } from "../domain/reply-headers.ts";
import { orderTargets } from "../domain/target-order.ts";
import type { RouterParts } from "../router-parts.ts";
import { Attempt } from "./attempt.ts";
import type { CachedReply } from "./cached-reply.ts";
import { callUntilAnswered } from "./call-until-answered.ts";
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
  #attempts = 0;

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
    const sequence = new CallSequence<ModelTarget>({
      targets: orderTargets(found, envelope, parts.health),
      retriesOf: ({ backend }) => backend.retries,
      budgetOf: ({ backendName }) => parts.retryBudgets.of(backendName),
    });
    const failure = await callUntilAnswered<ModelTarget, Failure>({
      sequence,
      signal: delivery.signal,
      remainingMs: () => delivery.remainingMs(),
      call: (target) => this.#callTarget(target, sequence.hasAnother),
    });
    if (failure !== undefined) await this.#answerWith(failure);
  }

  /** @returns why the target gave no reply to pass on */
  async #callTarget(target: ModelTarget, hasAnother: boolean): Promise<Failure | undefined> {
    let prepared: PreparedCall;
    try {
      prepared = await prepareCall(this.#options, target);
    } catch (thrown) {
      const error = SluiceError.from(thrown);
      this.#health?.failed(target, error);
      return { error };
    }
    try {
      const failure = await this.#made(prepared, hasAnother);
      if (failure !== undefined) this.#health?.failed(target, failure.error);
      return failure;
    } catch (thrown) {
      this.#health?.released(target);
      throw thrown;
    }
  }

  async #made(prepared: PreparedCall, hasAnother: boolean): Promise<Failure | undefined> {
    const attempt = await this.#begin(prepared.target);
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
  async #begin(target: ModelTarget): Promise<Attempt> {
    const { delivery, envelope, found, reservation, hasLeave = false } = this.#options;
    const attempt = this.#attempt(target);
    if (attempt.number > 1 || hasLeave) {
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

  async #answerWith({ error, answer }: Failure): Promise<void> {
    if (answer === undefined) throw error;
    const { provider, status, headers, body } = answer;
    this.#writer.head({ status, headers });
    await this.#writer.data(body);
    this.#writer.end({ provider, durationMs: performance.now() - this.#startedMs });
  }
}
