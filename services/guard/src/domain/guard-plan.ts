import type { GuardPolicy } from "@sluice/resources/guard-policy";
import { planScan, type ScanPlan } from "./scan-plan.ts";

/** Policies of a model with their names. */
export type NamedPolicies = readonly (readonly [name: string, policy: GuardPolicy])[];

/** What is done in one direction. */
export interface DirectionPlan {
  scan: ScanPlan;
  /** The policies that have rules for it. */
  policies: readonly string[];
  /** What cannot be inspected passes. Only where every policy concerned says so. */
  failsOpen: boolean;
}

/** What the guard does for a model. */
export interface GuardPlan {
  prompt: DirectionPlan;
  reply: DirectionPlan;
}

const plans = new WeakMap<NamedPolicies, GuardPlan>();

/** The plan of the policies of a model; made once for each revision of the configuration. */
export function guardPlanOf(policies: NamedPolicies): GuardPlan {
  const made = plans.get(policies);
  if (made !== undefined) return made;
  const plan = { prompt: planDirection(policies, "prompt"), reply: planDirection(policies, "reply") };
  plans.set(policies, plan);
  return plan;
}

function planDirection(policies: NamedPolicies, direction: "prompt" | "reply"): DirectionPlan {
  const concerned = policies.filter(([, policy]) => policy[direction].length > 0);
  return {
    scan: planScan(concerned, direction),
    policies: concerned.map(([name]) => name),
    failsOpen: concerned.every(([, policy]) => policy.failure === "open"),
  };
}
