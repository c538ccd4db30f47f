import { RetryBudget } from "../domain/retry-budget.ts";

/** The retry budgets of all backends and upstreams that a router calls, by name. */
export class RetryBudgets {
  readonly #budgets = new Map<string, RetryBudget>();

  /** Those of the configuration, so there are few. */
  of(backendName: string): RetryBudget {
    let budget = this.#budgets.get(backendName);
    if (budget === undefined) {
      budget = new RetryBudget(() => performance.now());
      this.#budgets.set(backendName, budget);
    }
    return budget;
  }
}
