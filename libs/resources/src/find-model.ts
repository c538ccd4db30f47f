import { SluiceError } from "@sluice/contracts/sluice-error";
import type { GuardPolicy } from "./guard-policy.ts";
import { NamePatternIndex } from "./name-pattern.ts";
import type { Backend, ModelRoute, Snapshot } from "./snapshot.ts";

/** A model of a request with everything that its route refers to. */
export interface FoundModel {
  route: ModelRoute;
  backendName: string;
  backend: Backend;
  /** Model to ask the provider for. */
  providerModel: string;
  /** The policies that apply, by name; empty when the guard has nothing to do. */
  guardPolicies: readonly (readonly [name: string, policy: GuardPolicy])[];
}

type ResolvedRoute = Omit<FoundModel, "providerModel">;

/** One that lacks what it refers to. */
interface ClosedRoute {
  route: ModelRoute;
  unavailable: string;
}

/** One index per revision, made when it is first asked for and dropped with the snapshot. */
const indexes = new WeakMap<Snapshot, NamePatternIndex<ResolvedRoute | ClosedRoute>>();

/**
 * The route of a model: the exact name before the longest prefix.
 * @returns undefined when no route of the snapshot fits the name
 * @throws SluiceError `service_unavailable` for one that lacks what it refers to
 */
export function findModel(snapshot: Snapshot, name: string): FoundModel | undefined {
  const match = indexOf(snapshot).find(name);
  if (match === undefined) return undefined;
  if ("unavailable" in match.value) {
    const cause = new Error(match.value.unavailable);
    const text = `The model ${name} is closed: it lacks what it refers to.`;
    throw new SluiceError("service_unavailable", text, { cause });
  }
  return { ...match.value, providerModel: providerModel(match.value.route, name, match.rest) };
}

/** Whether there is a model of this name that has all that it needs. */
export function servesModel(snapshot: Snapshot, name: string): boolean {
  const match = indexOf(snapshot).find(name);
  return match !== undefined && !("unavailable" in match.value);
}

function indexOf(snapshot: Snapshot): NamePatternIndex<ResolvedRoute | ClosedRoute> {
  let index = indexes.get(snapshot);
  if (index === undefined) {
    index = new NamePatternIndex(snapshot.models.map((route) => [route.name, resolve(snapshot, route)]));
    indexes.set(snapshot, index);
  }
  return index;
}

function resolve(snapshot: Snapshot, route: ModelRoute): ResolvedRoute | ClosedRoute {
  if (route.unavailable !== undefined) return { route, unavailable: route.unavailable };
  const backend = snapshot.backends[route.backend];
  if (backend === undefined) throw new Error(`model ${route.name} names an unknown backend ${route.backend}`);
  const guardPolicies = route.guardPolicies.map((policyName) => {
    const policy = snapshot.guardPolicies[policyName];
    if (policy === undefined) throw new Error(`model ${route.name} names an unknown policy ${policyName}`);
    return [policyName, policy] as const;
  });
  return { route, backendName: route.backend, backend, guardPolicies };
}

function providerModel(route: ModelRoute, name: string, rest: string): string {
  if (route.providerModel === undefined) return name;
  return route.providerModel.endsWith("*") ? route.providerModel.slice(0, -1) + rest : route.providerModel;
}
