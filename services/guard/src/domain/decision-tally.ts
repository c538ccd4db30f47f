import type { Decision } from "@sluice/contracts/decision";
import type { GuardAction } from "@sluice/resources/guard-policy";

const actions = { mask: "masked", block: "blocked", audit: "audited" } as const satisfies Record<
  GuardAction,
  Decision["action"]
>;

/** What is counted of something that was found. */
export interface CountedFinding {
  rule: { policy: string; action: GuardAction };
  kind: string;
}

/** Counts what was found in one direction of a request. */
export class DecisionTally {
  readonly #direction: Decision["direction"];
  readonly #decisions = new Map<string, Decision>();
  #blocked = false;

  constructor(direction: Decision["direction"]) {
    this.#direction = direction;
  }

  /** A finding of a rule that blocks was counted. */
  get blocked(): boolean {
    return this.#blocked;
  }

  count({ rule, kind }: CountedFinding): void {
    if (rule.action === "block") this.#blocked = true;
    const action = actions[rule.action];
    const key = `${rule.policy} ${kind} ${action}`;
    const decision = this.#decisions.get(key);
    if (decision !== undefined) decision.count++;
    else {
      const { policy } = rule;
      this.#decisions.set(key, {
        service: "guard",
        policy,
        direction: this.#direction,
        rule: kind,
        action,
        count: 1,
      });
    }
  }

  /** One decision for each policy, kind and action, in the order of their first finding. */
  decisions(): Decision[] {
    return [...this.#decisions.values()];
  }
}
