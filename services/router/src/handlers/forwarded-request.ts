import type { StepDelivery } from "@sluice/bus/pipeline-step";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { noUsage } from "@sluice/contracts/usage";
import type { ForwardTarget } from "@sluice/resources/find-target";
import type { Snapshot } from "@sluice/resources/snapshot";
import type { SluiceSpan } from "@sluice/telemetry/tracing";
import type { TargetHealth } from "../adapters/target-health.ts";
import { CallSequence } from "../domain/call-sequence.ts";
import { type CalledTarget, calledTarget } from "../domain/called-target.ts";
import { isTargetFailure } from "../domain/failover.ts";
import { orderDestinations } from "../domain/forward-order.ts";
import type { ForwardPlan } from "../domain/forward-plan.ts";
import type { RouterParts } from "../router-parts.ts";
import { Attempt } from "./attempt.ts";
import { callUntilAnswered } from "./call-until-answered.ts";
import { ForwardedCall, type ForwardFailure } from "./forwarded-call.ts";
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

/** A destination, and what it is asked. */
interface Planned {
  target: ForwardTarget;
  plan: ForwardPlan;
}

/** One request of a route that is forwarded: the calls of its destinations, and the reply of the last as it comes. */
export class ForwardedRequest {
  readonly #options: ForwardedRequestOptions;
  readonly #startedMs = performance.now();
  /** Calls so far. */
  #number = 0;
  #asked: Planned | undefined;

  constructor(options: ForwardedRequestOptions) {
    this.#options = options;
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
        const failed = await this.#callTarget(target, first, sequence.hasAnother);
        // What has had the request may have done what it says: no other is asked to do it again.
        if (failed?.isFinal === true) throw failed.error;
        return failed;
      },
    });
    if (failure !== undefined) throw failure.error;
  }

  /** @param first the book-keeping of the first call */
  async #callTarget(
    target: ForwardTarget,
    first: Attempt | undefined,
    hasAnother: boolean,
  ): Promise<ForwardFailure | undefined> {
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
      const failure = await this.#made(attempt, hasAnother);
      if (failure !== undefined) this.#health?.failed(target, target.upstream.breaker, failure.error);
      return failure;
    } catch (thrown) {
      this.#health?.released(target);
      throw thrown;
    }
  }

  async #made(attempt: Attempt | undefined, hasAnother: boolean): Promise<ForwardFailure | undefined> {
    const { parts, delivery, target: found } = this.#options;
    const { request } = this.#planned.plan;
    return await new ForwardedCall({
      parts,
      delivery,
      ...this.#planned,
      attempt,
      number: this.#number,
      hasAnother,
      mayRepeat: found.pool === undefined || found.pool.methods.includes(request.method),
      health: this.#health,
      startedMs: this.#startedMs,
    }).run();
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
}

/** By the model that was asked for, at a provider of the configuration or at the one whose endpoint it is. */
function calledModel(called: CalledTarget, { dialect, model }: IdentifiedEnvelope): CalledTarget {
  const provider = called.provider === "http" ? dialect : called.provider;
  return { ...called, provider, providerModel: model };
}
