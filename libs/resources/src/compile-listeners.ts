import type { CompiledMatch, HttpRoute } from "./http-route.ts";
import { matchesLabels } from "./kinds/metadata.ts";
import type { PathMatch } from "./kinds/route-match.ts";
import { qualifiedName, type Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";
import type { Listener } from "./snapshot.ts";

/** A table with its routes as they are without a gateway. */
export interface TableRoutes {
  table: Resource<"RouteTable">;
  routes: readonly HttpRoute[];
}

export interface CompiledListeners {
  listeners: Listener[];
  /** Routes of tables that a gateway claims at its listeners, all others as they were. */
  routes: HttpRoute[];
}

/** Gives the routes of claimed tables to the listeners that claim them; all others are the gateway's own. */
export function compileListeners(set: ResourceSet, tables: readonly TableRoutes[]): CompiledListeners {
  const listeners = new Map<number, Listener>();
  const claimed = new Map<Resource<"RouteTable">, HttpRoute[]>();
  for (const gateway of set.all("VirtualGateway")) {
    for (const { port, hosts, routes } of gateway.spec.listeners) {
      const name = qualifiedName(gateway.metadata);
      const other = listeners.get(port);
      if (other !== undefined && other.gateway !== name) {
        set.refuse(gateway, String(port), `the gateway ${other.gateway} listens on port ${port} already`);
        continue;
      }
      listeners.set(port, { port, gateway: name });
      for (const delegation of routes) {
        const chosen = tables.filter(({ table }) => isChosen(set, gateway, delegation, table));
        if (chosen.length === 0 && delegation.labels !== undefined) {
          set.warn(
            gateway,
            Object.values(delegation.labels)[0] ?? name,
            "no route table has the labels that it delegates to",
          );
        }
        for (const { table, routes: own } of chosen) {
          const there = claimed.get(table) ?? [];
          for (const route of own) {
            const narrowed = narrow(set, table, route, delegation.path, hosts);
            if (narrowed !== undefined)
              there.push({ ...narrowed, name: nameAt(there, route.name, port), listener: port });
          }
          claimed.set(table, there);
        }
      }
    }
  }
  return {
    listeners: [...listeners.values()],
    routes: tables.flatMap(({ table, routes }) => claimed.get(table) ?? routes),
  };
}

/** A route that is served on several ports has a name for each. */
function nameAt(there: readonly HttpRoute[], name: string, port: number): string {
  return there.some((route) => route.name === name) ? `${name}@${port}` : name;
}

type Delegation = Resource<"VirtualGateway">["spec"]["listeners"][number]["routes"][number];

function isChosen(
  set: ResourceSet,
  gateway: Resource<"VirtualGateway">,
  { labels, routeTable }: Delegation,
  table: Resource<"RouteTable">,
): boolean {
  if (labels !== undefined) return matchesLabels(table.metadata.labels, labels);
  return routeTable !== undefined && set.resolve(gateway, "RouteTable", routeTable) === table;
}

/** The part of a route that a delegation lets through. */
function narrow(
  set: ResourceSet,
  table: Resource<"RouteTable">,
  route: HttpRoute,
  path: PathMatch | undefined,
  listenerHosts: readonly string[],
): HttpRoute | undefined {
  const matches = route.matches.filter((match) => path === undefined || isWithin(match, path));
  const hosts = commonHosts(route.hosts, listenerHosts);
  if (matches.length < route.matches.length || hosts.length === 0) {
    set.warn(
      table,
      table.metadata.name,
      `route ${route.name}: a part of it is never reached, because its gateway does not delegate it`,
    );
  }
  return matches.length === 0 || hosts.length === 0 ? undefined : { ...route, matches, hosts };
}

function isWithin({ path }: CompiledMatch, { prefix, exact, regex }: PathMatch): boolean {
  if (exact !== undefined) return path.type === "exact" && path.value === exact;
  if (regex !== undefined) return path.type === "regex" && path.value === regex;
  const root = (prefix ?? "/").replace(/\/$/, "");
  return root === "" || path.value === root || path.value.startsWith(`${root}/`);
}

function commonHosts(own: readonly string[], listeners: readonly string[]): string[] {
  if (listeners.includes("*")) return [...own];
  if (own.includes("*")) return [...listeners];
  return own.filter((host) => listeners.includes(host));
}
