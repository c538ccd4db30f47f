import { evaluated, stepFailure } from "./step-failure.ts";
import type { InputValues, PlannedStep, StepValues, WorkflowValues } from "./workflow-plan.ts";

export interface StepContext {
  values: WorkflowValues;
  /** No step behind this one is run: what it gives is the reply. */
  answers: boolean;
  /** Aborted when another step has failed, or when the request is over. */
  signal: AbortSignal;
}

/** Does the work of one step. @throws what it failed with */
export type StepRunner<Result extends StepValues> = (
  plan: PlannedStep,
  context: StepContext,
) => Promise<Result>;

/**
 * Runs the steps of a workflow. A step is run once it is sure that something needs it: the reply, the condition of a
 * later step, or a step that is needed itself. What does not wait for each other is run at the same time. The reply is
 * that of the last step in the list that is not left out.
 * @param signal aborted when nobody wants the reply any more
 * @returns what the step gave whose result is the reply
 * @throws SluiceError that names the step that failed; the others have ended by then
 */
export async function runWorkflow<Result extends StepValues>(
  plans: readonly PlannedStep[],
  input: InputValues,
  run: StepRunner<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const failed = new AbortController();
  const workflow = new WorkflowRun(plans, input, run, AbortSignal.any([signal, failed.signal]));
  try {
    return await workflow.finish();
  } catch (error) {
    failed.abort(error);
    await workflow.idle();
    throw error;
  }
}

type StepState = "undecided" | "waiting" | "running" | "done" | "left out";

class WorkflowRun<Result extends StepValues> {
  readonly #plans: readonly PlannedStep[];
  readonly #run: StepRunner<Result>;
  readonly #signal: AbortSignal;
  readonly #states: StepState[];
  readonly #positions: ReadonlyMap<string, number>;
  readonly #results = new Map<number, Result>();
  readonly #running = new Set<Promise<void>>();
  readonly #input: InputValues;
  readonly #outputs: Record<string, StepValues> = {};

  constructor(
    plans: readonly PlannedStep[],
    input: InputValues,
    run: StepRunner<Result>,
    signal: AbortSignal,
  ) {
    this.#plans = plans;
    this.#input = input;
    this.#run = run;
    this.#signal = signal;
    this.#states = plans.map(({ when }) => (when === undefined ? "waiting" : "undecided"));
    this.#positions = new Map(plans.map(({ step }, index) => [step.name, index]));
  }

  async finish(): Promise<Result> {
    for (;;) {
      this.#decide();
      this.#startNeeded();
      if (this.#running.size === 0) break;
      await Promise.race(this.#running);
    }
    const last = this.#states.findLastIndex((state) => state !== "left out");
    const reply = this.#results.get(last);
    if (reply === undefined) throw new Error("no step of the workflow gave a reply");
    return reply;
  }

  /** Resolves when no step is at work any more. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** Judges the conditions whose values are there; from the first step on, as each reads what stands before it. */
  #decide(): void {
    for (const [index, { when, step }] of this.#plans.entries()) {
      if (when === undefined || this.#states[index] !== "undecided" || !this.#areOver(step.whenNeeds))
        continue;
      try {
        const holds = evaluated("its condition", () => when.holds(this.#values()));
        this.#states[index] = holds ? "waiting" : "left out";
      } catch (error) {
        throw stepFailure(step.name, error);
      }
    }
  }

  #startNeeded(): void {
    for (const [index, plan] of this.#plans.entries()) {
      if (this.#states[index] !== "waiting" || !this.#areOver(plan.step.needs) || !this.#isNeeded(index))
        continue;
      this.#states[index] = "running";
      const work = this.#perform(plan, index).finally(() => this.#running.delete(work));
      this.#running.add(work);
    }
  }

  async #perform(plan: PlannedStep, index: number): Promise<void> {
    const context = { values: this.#values(), answers: this.#isLast(index), signal: this.#signal };
    let result: Result;
    try {
      result = await this.#run(plan, context);
    } catch (error) {
      throw stepFailure(plan.step.name, error);
    }
    const { output, json } = result;
    this.#outputs[plan.step.name] = json === undefined ? { output } : { output, json };
    this.#results.set(index, result);
    this.#states[index] = "done";
  }

  #isNeeded(index: number): boolean {
    const { name } = this.#plans[index]?.step ?? { name: "" };
    if (this.#isLast(index)) return true;
    return this.#plans.some(({ step }, other) => {
      if (other <= index) return false;
      if (this.#states[other] === "undecided") return step.whenNeeds.includes(name);
      return this.#states[other] !== "left out" && step.needs.includes(name) && this.#isNeeded(other);
    });
  }

  #isLast(index: number): boolean {
    return this.#states.every((state, other) => other <= index || state === "left out");
  }

  #areOver(names: readonly string[]): boolean {
    return names.every((name) => {
      const state = this.#states[this.#positions.get(name) ?? -1];
      return state === "done" || state === "left out";
    });
  }

  /** As they are by now. */
  #values(): WorkflowValues {
    return { input: this.#input, steps: { ...this.#outputs } };
  }
}
