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

/** One index per revision, made when it is first asked for and dropped with the snapshot. */
const indexes = new WeakMap<Snapshot, NamePatternIndex<ResolvedRoute>>();

/**
 * The route of a model: the exact name before the longest prefix.
 * @returns undefined when no route of the snapshot fits the name
 */
export function findModel(snapshot: Snapshot, name: string): FoundModel | undefined {
  let index = indexes.get(snapshot);
  if (index === undefined) {
    index = new NamePatternIndex(snapshot.models.map((route) => [route.name, resolve(snapshot, route)]));
    indexes.set(snapshot, index);
  }
  const match = index.find(name);
  if (match === undefined) return undefined;
  return { ...match.value, providerModel: providerModel(match.value.route, name, match.rest) };
}

function resolve(snapshot: Snapshot, route: ModelRoute): ResolvedRoute {
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
