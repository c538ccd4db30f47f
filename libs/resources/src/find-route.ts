import type { HttpRoute } from "./http-route.ts";
import { isHttpMethod } from "./kinds/route-match.ts";
import { type RoutableRequest, RouteIndex, type RouteMatch } from "./route-index.ts";
import type { Snapshot } from "./snapshot.ts";

/** Made when they are first asked for and dropped with the snapshot. */
const indexes = new WeakMap<Snapshot, Map<number | undefined, RouteIndex>>();
const names = new WeakMap<Snapshot, ReadonlyMap<string, HttpRoute>>();

/**
 * The route of a request; undefined where the gateway's own endpoints are asked for, or nothing that there is.
 * @param listener port that it came by; undefined for the gateway's own address
 */
export function findRoute(
  snapshot: Snapshot,
  request: RoutableRequest,
  listener?: number,
): RouteMatch | undefined {
  // Others, such as TRACE, are nothing that a destination should be asked with the gateway's credential.
  if (snapshot.routes.length === 0 || !isHttpMethod(request.method)) return undefined;
  let ofListeners = indexes.get(snapshot);
  if (ofListeners === undefined) {
    ofListeners = indexRoutes(snapshot);
    indexes.set(snapshot, ofListeners);
  }
  return ofListeners.get(listener)?.find(request);
}

function indexRoutes({ routes }: Snapshot): Map<number | undefined, RouteIndex> {
  const byListener = Map.groupBy(routes, ({ listener }) => listener);
  return new Map([...byListener].map(([listener, own]) => [listener, new RouteIndex(own)]));
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
