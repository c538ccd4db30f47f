import type { Envelope } from "@sluice/contracts/envelope";
import type { CompiledLimit } from "./compiled-limit.ts";
import { findModel } from "./find-model.ts";
import type { Target } from "./find-target.ts";
import type { HttpRoute } from "./http-route.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Workflow } from "./workflow.ts";

const none: readonly CompiledLimit[] = [];

/** Whether any model has limits; looked at once per revision. */
const limitedModels = new WeakMap<Snapshot["models"], boolean>();
/** Those of a workflow and of the models of its steps, put together once. */
const limitsOfSteps = new WeakMap<Workflow, readonly CompiledLimit[]>();
/** Those of a route and of the model that it leads to, put together once. */
const limitsOfRoutes = new WeakMap<HttpRoute, readonly CompiledLimit[]>();

/**
 * The limits of what serves a request: of its route, of its model, or of both where a route leads to a model. A workflow
 * comes under its own, under those of each model that its steps may ask, each with all that the workflow uses, and
 * besides under those of its route.
 */
export function findLimits(
  snapshot: Snapshot,
  target: Target,
  { model }: Pick<Envelope, "model">,
): readonly CompiledLimit[] {
  const ofRoute = target.route?.limits ?? none;
  if (target.type === "workflow") {
    const ofWorkflow = limitsOfWorkflow(snapshot, target.workflow);
    if (ofWorkflow.length === 0) return ofRoute;
    return ofRoute.length === 0 ? ofWorkflow : eachOnce([...ofRoute, ...ofWorkflow]);
  }
  if (!hasLimitedModels(snapshot)) return ofRoute;
  if (target.route !== undefined) return limitsOfRoute(snapshot, target.route);
  return findModel(snapshot, model)?.route.limits ?? none;
}

function hasLimitedModels({ models }: Snapshot): boolean {
  let has = limitedModels.get(models);
  if (has === undefined) {
    has = models.some(({ limits }) => limits !== undefined);
    limitedModels.set(models, has);
  }
  return has;
}

function limitsOfRoute(snapshot: Snapshot, route: HttpRoute): readonly CompiledLimit[] {
  if (route.target.type !== "named_model") return route.limits;
  let limits = limitsOfRoutes.get(route);
  if (limits === undefined) {
    limits = eachOnce([...route.limits, ...(findModel(snapshot, route.target.model)?.route.limits ?? [])]);
    limitsOfRoutes.set(route, limits);
  }
  return limits;
}

function limitsOfWorkflow(snapshot: Snapshot, workflow: Workflow): readonly CompiledLimit[] {
  let limits = limitsOfSteps.get(workflow);
  if (limits === undefined) {
    const models = workflow.steps.flatMap((step) =>
      step.type === "model" ? step.choices.filter(({ backend }) => backend === undefined) : [],
    );
    const ofModels = models.flatMap(({ model }) => findModel(snapshot, model)?.route.limits ?? []);
    limits = eachOnce([...(workflow.limits ?? []), ...ofModels]);
    limitsOfSteps.set(workflow, limits);
  }
  return limits;
}

/** The same policy may cover several models. */
function eachOnce(limits: readonly CompiledLimit[]): CompiledLimit[] {
  return [...new Map(limits.map((limit) => [limit.name, limit])).values()];
}
