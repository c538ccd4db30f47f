import type { PipelineService } from "@sluice/contracts/subjects";
import type { FoundModel } from "@sluice/resources/find-model";

/** Where a request goes next: past the guard only when a policy applies, because a crossing costs time. */
export function nextStep(model: FoundModel): PipelineService {
  return model.guardPolicies.length > 0 ? "guard" : "router";
}
