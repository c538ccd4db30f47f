import { SluiceError } from "@sluice/contracts/sluice-error";
import type { GuardPolicy } from "./guard-policy.ts";
import type { ModelPool, Sticky, Strategy } from "./model-pool.ts";
import { askedModel, NamePatternIndex } from "./name-pattern.ts";
import type { Backend, ModelRoute, Snapshot } from "./snapshot.ts";

/** A model of a request with everything that its route refers to. */
export interface FoundModel {
  route: ModelRoute;
  backendName: string;
  backend: Backend;
  /** Model to ask the provider for. */
  providerModel: string;
  /** Several that can answer, of which the three above are the first. @default that one alone */
  pool?: FoundPool | undefined;
  /** The policies that apply, by name; empty when the guard has nothing to do. */
  guardPolicies: readonly (readonly [name: string, policy: GuardPolicy])[];
}

/** Several that can answer for a model. */
export interface FoundPool {
  sticky: Sticky;
  strategy: Strategy;
  targets: readonly FoundPoolTarget[];
}

export interface FoundPoolTarget {
  backendName: string;
  backend: Backend;
  providerModel: string;
  weight: number;
  priority: number;
}

type ResolvedRoute = Omit<FoundModel, "providerModel" | "pool">;

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
  const { route } = match.value;
  return {
    ...match.value,
    providerModel: askedModel(route.providerModel, name, match.rest),
    pool: route.pool && foundPool(snapshot, route.pool, name, match.rest),
  };
}

function foundPool(
  snapshot: Snapshot,
  { sticky, strategy, targets }: ModelPool,
  name: string,
  rest: string,
): FoundPool {
  return {
    sticky,
    strategy,
    targets: targets.map(({ backend: backendName, providerModel, weight, priority }) => {
      const backend = snapshot.backends[backendName];
      if (backend === undefined)
        throw new Error(`a target of ${name} names an unknown backend ${backendName}`);
      return { backendName, backend, providerModel: askedModel(providerModel, name, rest), weight, priority };
    }),
  };
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
