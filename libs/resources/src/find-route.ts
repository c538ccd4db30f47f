import type { HttpRoute } from "./http-route.ts";
import { type RoutableRequest, RouteIndex, type RouteMatch } from "./route-index.ts";
import type { Snapshot } from "./snapshot.ts";

/** Made when they are first asked for and dropped with the snapshot. */
const indexes = new WeakMap<Snapshot, RouteIndex>();
const names = new WeakMap<Snapshot, ReadonlyMap<string, HttpRoute>>();

/** The route of a request; undefined where the gateway's own endpoints are asked for, or nothing that there is. */
export function findRoute(snapshot: Snapshot, request: RoutableRequest): RouteMatch | undefined {
  if (snapshot.routes.length === 0) return undefined;
  let index = indexes.get(snapshot);
  if (index === undefined) {
    index = new RouteIndex(snapshot.routes);
    indexes.set(snapshot, index);
  }
  return index.find(request);
}

/** The route that a request was found to have, at a later step. */
export function routeNamed(snapshot: Snapshot, name: string): HttpRoute | undefined {
  let byName = names.get(snapshot);
  if (byName === undefined) {
    byName = new Map(snapshot.routes.map((route) => [route.name, route]));
    names.set(snapshot, byName);
  }
  return byName.get(name);
}
