import { detectorNames, type GuardAction, guardPolicySchema } from "@sluice/resources/guard-policy";
import { planScan, type ScanPlan } from "../scan-plan.ts";

/** Every detector and two patterns, one of them without a bound, all with the same action. */
export function planOfAll(action: GuardAction = "mask"): ScanPlan {
  const rules = [
    ...detectorNames.map((detector) => ({ detector, action })),
    { pattern: "PRJ-[0-9]{4}\\b", name: "project", action },
    { pattern: "\\bcase [a-z0-9 ]+!", name: "case_note", action },
  ];
  return planScan([["test", guardPolicySchema.parse({ phoneRegion: "DE", prompt: rules })]], "prompt");
}

/** The rules given, as one policy named "test". */
export function planOf(...prompt: unknown[]): ScanPlan {
  return planScan([["test", guardPolicySchema.parse({ prompt })]], "prompt");
}
