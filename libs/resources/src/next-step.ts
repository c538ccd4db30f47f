import type { Decision } from "@sluice/contracts/decision";
import type { PipelineService } from "@sluice/contracts/subjects";
import type { Target } from "./find-target.ts";

/** Where a request goes next, and what there is to record about it. */
export interface NextStep {
  step: PipelineService;
  decisions: Decision[];
}

/**
 * Where a request goes next: past the guard only when a policy applies, because a crossing costs time.
 * @param guardIsDown the guard had no instance when this request was sent before. The request then goes round it
 *   where every policy of its target fails open, and that is recorded; otherwise it is sent to the guard again,
 *   and refused when there still is none.
 * @param service who decides it
 */
export function nextStep(
  { guardPolicies: policies }: Target,
  guardIsDown: boolean,
  service: Decision["service"],
): NextStep {
  if (policies.length === 0) return { step: "router", decisions: [] };
  if (!guardIsDown || policies.some(([, policy]) => policy.failure !== "open")) {
    return { step: "guard", decisions: [] };
  }
  const uninspected = (policy: string, direction: Decision["direction"]): Decision => ({
    service,
    policy,
    direction,
    action: "failed_open",
    count: 1,
  });
  return {
    step: "router",
    decisions: policies.flatMap(([name, { prompt, reply }]) => [
      ...(prompt.length > 0 ? [uninspected(name, "prompt")] : []),
      ...(reply.length > 0 ? [uninspected(name, "reply")] : []),
    ]),
  };
}
