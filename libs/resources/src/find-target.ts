import type { Envelope } from "@sluice/contracts/envelope";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { findModel } from "./find-model.ts";
import { routeNamed } from "./find-route.ts";
import type { GuardPolicy } from "./guard-policy.ts";
import type { HttpRoute } from "./http-route.ts";
import type { Backend, Snapshot, Upstream } from "./snapshot.ts";

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
}

/** A model that is called in a dialect. */
export interface ModelTarget extends TargetFacts {
  type: "model";
  backend: Backend;
}

/** Something that requests are forwarded to as they are. */
export interface ForwardTarget extends TargetFacts {
  type: "http";
  route: HttpRoute;
  upstream: Upstream;
}

/** What serves a request, with everything that applies to it. */
export type Target = ModelTarget | ForwardTarget;

const policiesOfRoutes = new WeakMap<HttpRoute, TargetFacts["guardPolicies"]>();

/**
 * What serves a request: its route's destination, or what serves its model.
 * @returns undefined when no model of the snapshot has the name
 * @throws SluiceError `service_unavailable` for a route that lacks what it refers to, `not_found` for one that is gone
 */
export function findTarget(
  snapshot: Snapshot,
  request: Pick<Envelope, "model" | "route">,
): Target | undefined {
  if (request.route !== undefined) return targetOfRoute(snapshot, request.route, request.model);
  const found = findModel(snapshot, request.model);
  if (found === undefined) return undefined;
  const { route, backendName, backend, providerModel, guardPolicies } = found;
  return {
    type: "model",
    label: route.name,
    backendName,
    backend,
    providerModel,
    guardPolicies,
    lostCall: route.lostCall,
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
  const facts = {
    label: name,
    guardPolicies: guardPoliciesOf(snapshot, route),
    lostCall: "fail" as const,
    route,
  };
  const { target } = route;
  if (target.type === "model") {
    const backend = snapshot.backends[target.backend];
    if (backend === undefined) throw new Error(`route ${name} names an unknown backend ${target.backend}`);
    return {
      ...facts,
      type: "model",
      backendName: target.backend,
      backend,
      providerModel: target.providerModel ?? model,
    };
  }
  const upstream = snapshot.upstreams[target.upstream];
  if (upstream === undefined) throw new Error(`route ${name} names an unknown upstream ${target.upstream}`);
  return {
    ...facts,
    type: "http",
    backendName: target.upstream,
    upstream,
    providerModel: upstream.model ?? "",
  };
}

/** The same list each time, so that what is made of it is made once. */
function guardPoliciesOf(snapshot: Snapshot, route: HttpRoute): TargetFacts["guardPolicies"] {
  let policies = policiesOfRoutes.get(route);
  if (policies === undefined) {
    policies = route.guardPolicies.map((name) => {
      const policy = snapshot.guardPolicies[name];
      if (policy === undefined) throw new Error(`route ${route.name} names an unknown policy ${name}`);
      return [name, policy] as const;
    });
    policiesOfRoutes.set(route, policies);
  }
  return policies;
}
