import type { SluiceError } from "@sluice/contracts/sluice-error";
import { otherTargetMayAnswer } from "./failover.ts";
import { type RetryPolicy, retryDelayMs } from "./retry.ts";
import type { RetryBudget } from "./retry-budget.ts";

/** The next call of a request. */
export interface NextCall<Target> {
  target: Target;
  /** How long to wait before it, milliseconds. */
  pauseMs: number;
}

export interface CallSequenceOptions<Target> {
  /** In the order of preference. */
  targets: readonly [Target, ...Target[]];
  /** How often a target is called, and with which pauses. */
  retriesOf(target: Target): RetryPolicy;
  /** How often calls of a target may be repeated. */
  budgetOf(target: Target): Pick<RetryBudget, "called" | "take">;
}

interface Place<Target> {
  target: Target;
  calls: number;
  /** What its last call failed with. */
  error: SluiceError | undefined;
}

/**
 * Which target a request goes to next. A failure that another target may answer goes to the next one at once; when all
 * were called, those whose failure may pass are called again, with a growing pause.
 */
export class CallSequence<Target> {
  readonly #options: CallSequenceOptions<Target>;
  readonly #places: readonly Place<Target>[];
  #present: Place<Target>;

  constructor(options: CallSequenceOptions<Target>) {
    this.#options = options;
    const [first, ...others] = options.targets.map((target) => ({ target, calls: 0, error: undefined }));
    if (first === undefined) throw new Error("a request has no target");
    this.#places = [first, ...others];
    this.#present = first;
    this.#call(first, 0);
  }

  get first(): Target {
    return this.#options.targets[0];
  }

  /** Whether a failure now would go to a target that was not called yet. */
  get hasAnother(): boolean {
    return this.#places.some(({ calls }) => calls === 0);
  }

  /**
   * The call before this one has failed.
   * @param remainingMs what is left of the request's time
   * @param random 0 to 1
   * @returns undefined when the failure is the client's
   */
  after(error: SluiceError, remainingMs: number, random: number): NextCall<Target> | undefined {
    this.#present.error = error;
    if (!otherTargetMayAnswer(error)) return undefined;
    const untried = this.#places.find(({ calls }) => calls === 0);
    if (untried !== undefined) return this.#call(untried, 0);
    const [again] = this.#places
      .flatMap((place) => {
        if (place.error === undefined) return [];
        const retries = this.#options.retriesOf(place.target);
        const pauseMs = retryDelayMs(place.error, place.calls, retries, remainingMs, random);
        return pauseMs === undefined ? [] : [{ place, pauseMs }];
      })
      .toSorted((a, b) => a.place.calls - b.place.calls || a.pauseMs - b.pauseMs);
    if (again === undefined || !this.#options.budgetOf(again.place.target).take()) return undefined;
    return this.#call(again.place, again.pauseMs);
  }

  #call(place: Place<Target>, pauseMs: number): NextCall<Target> {
    if (place.calls === 0) this.#options.budgetOf(place.target).called();
    place.calls++;
    this.#present = place;
    return { target: place.target, pauseMs };
  }
}
