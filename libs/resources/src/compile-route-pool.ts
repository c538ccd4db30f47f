import type { RouteTarget } from "./http-route.ts";
import { idempotentMethods } from "./kinds/route-destination.ts";
import type { RouteSpec } from "./kinds/route-table.ts";
import type { Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";
import type { Upstream } from "./snapshot.ts";

/** One of several destinations: what it leads to, or what it lacks. */
export interface ResolvedDestination {
  name: string;
  target: RouteTarget | string;
  weight: number;
  priority: number;
}

type ForwardedTarget = Extract<RouteTarget, { type: "http" }>;

/**
 * Several destinations of a route as one target. One that lacks something is done without, as one that fails is.
 * @returns what they lack where none is left
 */
export function compileRoutePool(
  set: ResourceSet,
  table: Resource<"RouteTable">,
  upstreams: Readonly<Record<string, Upstream>>,
  { where, failover }: { where: string; failover: RouteSpec["failover"] },
  resolved: readonly ResolvedDestination[],
): RouteTarget | string {
  const found: (Omit<ResolvedDestination, "target"> & { target: ForwardedTarget })[] = [];
  const missing: string[] = [];
  for (const { target, ...place } of resolved) {
    if (typeof target === "string") missing.push(target);
    else if (target.type === "http") found.push({ ...place, target });
    else {
      const text =
        `${where}: the AIBackend ${place.name} is called in a dialect; write a model with these targets, and lead the ` +
        "route to it: destination: { model: NAME }";
      set.refuse(table, place.name, text);
    }
  }
  const [first, ...others] = found;
  if (first === undefined) return missing.join("; ");
  const path = upstreams[first.target.upstream]?.path;
  // By the path it is told what a request is: what the guard reads in it, and how it is booked.
  for (const { name, target } of others) {
    if (upstreams[target.upstream]?.path === path) continue;
    const text = `${where}: ${name} has another path than ${first.name}; several destinations of a route need the same`;
    set.refuse(table, name, text);
  }
  return {
    ...first.target,
    pool: {
      methods: [...(failover?.methods ?? idempotentMethods)],
      targets: found.map(({ target, weight, priority }) => ({ upstream: target.upstream, weight, priority })),
    },
  };
}
