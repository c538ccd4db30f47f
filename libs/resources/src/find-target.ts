import type { Envelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { ModelChooser } from "./choosing/model-choice.ts";
import { type CompiledCaching, cachingForTime } from "./compiled-caching.ts";
import { type FoundPool, findModel } from "./find-model.ts";
import { routeNamed } from "./find-route.ts";
import { findWorkflow } from "./find-workflow.ts";
import type { GuardPolicy } from "./guard-policy.ts";
import type { HttpRoute } from "./http-route.ts";
import type { LastResort } from "./last-resort.ts";
import type { MidStream } from "./mid-stream.ts";
import type { Backend, Snapshot, Upstream } from "./snapshot.ts";
import { isWithin, outOfRegions, poolWithin, regionsOfAll } from "./within-regions.ts";
import type { ModelStep, StepChoice, Workflow } from "./workflow.ts";

interface TargetFacts {
  /** What metrics call the requests: the pattern of the model's name, or the route. */
  label: string;
  /** Name of the backend or upstream. */
  backendName: string;
  /** Model to ask for; empty where none is. */
  providerModel: string;
  /** The policies that apply, by name; empty when the guard has nothing to do. */
  guardPolicies: readonly (readonly [name: string, policy: GuardPolicy])[];
  /** Whether a lost call may be paid for twice. */
  lostCall: "fail" | "repeat";
  /** The route; undefined for the gateway's own endpoints. */
  route?: HttpRoute | undefined;
  /** Regions that the request must stay in; undefined for any. */
  regions?: readonly string[] | undefined;
}

/** A model that is called in a dialect. */
export interface ModelTarget extends TargetFacts {
  type: "model";
  backend: Backend;
  /** Several that can answer, of which this is the first. @default this one alone */
  pool?: FoundPool | undefined;
  /** Whether replies are given again. @default never */
  caching?: CompiledCaching | undefined;
  /** What chats are answered with that no target answers. @default none */
  lastResort?: LastResort | undefined;
  /** What becomes of a stream that breaks off. @default "error" */
  midStream?: MidStream | undefined;
  /** How it leads to one of several other models, all targets of which are its `pool`. @default it leads to none */
  chooser?: ModelChooser | undefined;
  /** Names of the models that were chosen for it, one by the other. @default it was asked for itself */
  chosen?: readonly string[] | undefined;
}

/** Something that requests are forwarded to as they are. */
export interface ForwardTarget extends TargetFacts {
  type: "http";
  route: HttpRoute;
  upstream: Upstream;
  /** Several that can answer, of which this is the first. @default this one alone */
  pool?: ForwardPool | undefined;
}

/** Several that requests of a route can be forwarded to. */
export interface ForwardPool {
  /** Of requests that may be sent once more after one of them has had them. */
  methods: readonly string[];
  targets: readonly ForwardPoolTarget[];
}

export interface ForwardPoolTarget {
  backendName: string;
  upstream: Upstream;
  providerModel: string;
  weight: number;
  priority: number;
}

/** Several steps that together answer as one model; `providerModel` is the name of that. */
export interface WorkflowTarget extends TargetFacts {
  type: "workflow";
  /** Its name in the configuration, which `backendName` is too. */
  name: string;
  workflow: Workflow;
}

/** What serves a request, with everything that applies to it. */
export type Target = ModelTarget | ForwardTarget | WorkflowTarget;

/** As much of a request as tells what serves it. */
export interface TargetQuestion extends Pick<Envelope, "model" | "route" | "workflowStep"> {
  /** Regions that it must stay in, besides those of its route. @default any */
  regions?: readonly string[] | undefined;
}

/** The same list of policies each time for what they are the policies of, so that what is made of it is made once. */
const policiesOf = new WeakMap<HttpRoute | Workflow | StepChoice, TargetFacts["guardPolicies"]>();

/**
 * What serves a request: its route's destination, or what serves its model.
 * @returns undefined when no model of the snapshot has the name
 * @throws SluiceError `service_unavailable` for a route that lacks what it refers to, `not_found` for one that is gone,
 *   `model_not_allowed` where nothing of it is in the regions that the request must stay in
 */
export function findTarget(snapshot: Snapshot, request: TargetQuestion): Target | undefined {
  const target = targetOf(snapshot, request);
  if (target === undefined) return undefined;
  const regions = regionsOfAll([target.route?.regions, request.regions]);
  return regions === undefined ? target : withinRegions(target, regions);
}

/**
 * As much of what serves a request as is in the regions that it must stay in. The steps of a workflow are requests of
 * their own, and are held to them by these.
 */
function withinRegions<Some extends Target>(target: Some, regions: readonly string[]): Some {
  if (target.type === "workflow") return { ...target, regions };
  if (target.type === "model" && target.pool !== undefined) {
    const { first, pool } = poolWithin(target.pool, ({ backend }) => backend.region, regions);
    const { backendName, backend, providerModel } = first;
    return { ...target, backendName, backend, providerModel, regions, pool };
  }
  if (target.type === "http" && target.pool !== undefined) {
    const { first, pool } = poolWithin(target.pool, ({ upstream }) => upstream.region, regions);
    const { backendName, upstream, providerModel } = first;
    return { ...target, backendName, upstream, providerModel, regions, pool };
  }
  const { region } = target.type === "model" ? target.backend : target.upstream;
  if (!isWithin(region, regions)) throw outOfRegions(regions);
  return { ...target, regions };
}

function targetOf(
  snapshot: Snapshot,
  request: Pick<Envelope, "model" | "route" | "workflowStep">,
): Target | undefined {
  if (request.route !== undefined) return targetOfRoute(snapshot, request.route, request.model);
  if (request.workflowStep?.asksIntent === true) return targetOfModel(snapshot, request.model);
  if (request.workflowStep !== undefined) return targetOfStep(snapshot, request.workflowStep);
  const workflow = findWorkflow(snapshot, request.model);
  if (workflow !== undefined) return targetOfWorkflow(snapshot, workflow);
  return targetOfModel(snapshot, request.model);
}

function targetOfModel(snapshot: Snapshot, model: string): ModelTarget | undefined {
  const found = findModel(snapshot, model);
  if (found === undefined) return undefined;
  const { route, ...facts } = found;
  const { name: label, lostCall, caching, lastResort, midStream, chooser } = route;
  return { type: "model", label, ...facts, lostCall, caching, lastResort, midStream, chooser };
}

/**
 * One of the models that a model leads to, in its place: what the request is judged by stays that of the model that
 * was asked for.
 * @throws SluiceError `service_unavailable` for one that lacks what it refers to, `model_not_allowed` where none of its
 *   targets is in the regions that the request must stay in
 */
export function targetChosen(snapshot: Snapshot, asked: ModelTarget, model: string): ModelTarget {
  const found = targetOfModel(snapshot, model);
  if (found === undefined) throw new Error(`${asked.label} chooses an unknown model ${model}`);
  const { label, guardPolicies, route, regions, chosen = [] } = asked;
  const target: ModelTarget = {
    ...found,
    label,
    guardPolicies,
    route,
    chosen: [...chosen, model],
    caching: asked.caching ?? found.caching,
    lastResort: asked.lastResort ?? found.lastResort,
    midStream: asked.midStream ?? found.midStream,
  };
  return regions === undefined ? target : withinRegions(target, regions);
}

/** @throws SluiceError `service_unavailable` for one that lacks what it refers to */
function targetOfWorkflow(snapshot: Snapshot, name: string, route?: HttpRoute): WorkflowTarget {
  const workflow = snapshot.workflows[name];
  if (workflow === undefined) throw new Error(`there is no workflow ${name}`);
  if (workflow.unavailable !== undefined) {
    const text = `The workflow ${name} is closed: it lacks what it refers to.`;
    throw new SluiceError("service_unavailable", text, { cause: new Error(workflow.unavailable) });
  }
  return {
    type: "workflow",
    name,
    workflow,
    label: route?.name ?? workflow.model,
    backendName: name,
    providerModel: workflow.model,
    guardPolicies: namedPolicies(snapshot, route ?? workflow, () => [
      ...(route?.guardPolicies ?? []),
      ...workflow.guardPolicies,
    ]),
    lostCall: "fail",
    route,
  };
}

/**
 * What serves a step of a workflow: the model that was chosen for it, with the policies of both.
 * @returns undefined when the snapshot has no such step
 */
function targetOfStep(
  snapshot: Snapshot,
  { workflow, step: name, choice: number }: NonNullable<Envelope["workflowStep"]>,
): ModelTarget | undefined {
  const step = snapshot.workflows[workflow]?.steps.find((each) => each.name === name);
  return step?.type === "model" ? targetOfChoice(snapshot, workflow, step, number) : undefined;
}

/** @param number which of the step's models; from 0 */
export function targetOfChoice(
  snapshot: Snapshot,
  workflow: string,
  step: ModelStep,
  number: number,
): ModelTarget | undefined {
  const choice = step.choices[number];
  if (choice === undefined) return undefined;
  if (choice.backend === undefined) {
    const found = targetOfModel(snapshot, choice.model);
    if (found === undefined || step.guardPolicies.length === 0) return found;
    const own = namedPolicies(snapshot, choice, () => step.guardPolicies, found.guardPolicies);
    return { ...found, guardPolicies: own };
  }
  const backend = snapshot.backends[choice.backend];
  if (backend === undefined) return undefined;
  return {
    type: "model",
    label: `${workflow}/${step.name}`,
    backendName: choice.backend,
    backend,
    providerModel: choice.model,
    guardPolicies: namedPolicies(snapshot, choice, () => step.guardPolicies),
    lostCall: "fail",
  };
}

function targetOfRoute(snapshot: Snapshot, name: string, model: string): Target {
  const route = routeNamed(snapshot, name);
  if (route === undefined)
    throw new SluiceError("not_found", "The route of the request is not there any more.");
  if (route.unavailable !== undefined) {
    const cause = new Error(route.unavailable);
    throw new SluiceError("service_unavailable", `The route ${name} is closed: it lacks what it refers to.`, {
      cause,
    });
  }
  const { target } = route;
  if (target.type === "workflow") return targetOfWorkflow(snapshot, target.workflow, route);
  if (target.type === "named_model") {
    const found = targetOfModel(snapshot, target.model);
    if (found === undefined) throw new Error(`route ${name} names an unknown model ${target.model}`);
    const guardPolicies = namedPolicies(snapshot, route, () => route.guardPolicies, found.guardPolicies);
    return { ...found, label: name, guardPolicies, route, caching: cachingOf(route) ?? found.caching };
  }
  const facts = {
    label: name,
    guardPolicies: namedPolicies(snapshot, route, () => route.guardPolicies),
    lostCall: "fail" as const,
    route,
  };
  if (target.type === "model") {
    const backend = snapshot.backends[target.backend];
    if (backend === undefined) throw new Error(`route ${name} names an unknown backend ${target.backend}`);
    return {
      ...facts,
      type: "model",
      backendName: target.backend,
      backend,
      providerModel: target.providerModel ?? model,
      caching: cachingOf(route),
    };
  }
  const { pool } = target;
  return {
    ...facts,
    type: "http",
    ...upstreamNamed(snapshot, name, target.upstream),
    pool: pool && {
      methods: pool.methods,
      targets: pool.targets.map(({ upstream, ...place }) => ({
        ...upstreamNamed(snapshot, name, upstream),
        ...place,
      })),
    },
  };
}

function cachingOf({ caching, cacheTtlMs }: HttpRoute): CompiledCaching | undefined {
  return caching ?? (cacheTtlMs === undefined ? undefined : cachingForTime(cacheTtlMs));
}

function upstreamNamed(snapshot: Snapshot, route: string, backendName: string) {
  const upstream = snapshot.upstreams[backendName];
  if (upstream === undefined) throw new Error(`route ${route} names an unknown upstream ${backendName}`);
  return { backendName, upstream, providerModel: upstream.model ?? "" };
}

/** The model that who asks by a route asks for: what keys and consumers may be held to; empty where there is none. */
export function modelOfRoute({ route, providerModel }: Target): string {
  return route?.target.type === "named_model" ? route.target.model : providerModel;
}

/** Policies by their names, each once. @param others that stand before them */
function namedPolicies(
  snapshot: Snapshot,
  owner: HttpRoute | Workflow | StepChoice,
  names: () => readonly string[],
  others: TargetFacts["guardPolicies"] = [],
): TargetFacts["guardPolicies"] {
  let policies = policiesOf.get(owner);
  if (policies === undefined) {
    const own = [...new Set(names())].map((name) => {
      const policy = snapshot.guardPolicies[name];
      if (policy === undefined) throw new Error(`the snapshot has no policy ${name}, which something names`);
      return [name, policy] as const;
    });
    policies = [...others, ...own.filter(([name]) => !others.some(([other]) => other === name))];
    policiesOf.set(owner, policies);
  }
  return policies;
}
