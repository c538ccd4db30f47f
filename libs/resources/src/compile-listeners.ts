import { compileListenerTls } from "./compile-listener-tls.ts";
import type { CompiledMatch, HttpRoute } from "./http-route.ts";
import { matchesLabels } from "./kinds/metadata.ts";
import type { PathMatch } from "./kinds/route-match.ts";
import { ListenerPorts } from "./listener-ports.ts";
import { patternBeginsWith } from "./pattern-beginning.ts";
import { qualifiedName, type Resource } from "./resource.ts";
import { notFoundReason } from "./resource-findings.ts";
import type { ResourceSet } from "./resource-set.ts";
import type { Listener } from "./snapshot.ts";

/** A table with its routes: as they are without a gateway, or at the listeners of one. */
export interface TableRoutes {
  table: Resource<"RouteTable">;
  routes: readonly HttpRoute[];
}

export interface CompiledListeners {
  listeners: Listener[];
  /** The routes of tables that a gateway claims at its listeners, all others as they were. */
  tables: TableRoutes[];
}

/** Gives the routes of claimed tables to the listeners that claim them; all others are the gateway's own. */
export function compileListeners(
  set: ResourceSet,
  tables: readonly TableRoutes[],
  nowMs: number,
): CompiledListeners {
  const ports = new ListenerPorts();
  const claimed = new Map<Resource<"RouteTable">, HttpRoute[]>();
  const reached = new Set<CompiledMatch>();
  for (const gateway of set.all("VirtualGateway")) {
    for (const listener of gateway.spec.listeners) {
      const { port, hosts, routes } = listener;
      const refusal = ports.claim(qualifiedName(gateway.metadata), listener);
      if (refusal !== undefined) {
        set.refuse(gateway, String(port), refusal);
        continue;
      }
      const certificate = compileListenerTls(set, gateway, listener, nowMs);
      if (typeof certificate === "object") ports.addCertificate(port, certificate);
      for (const delegation of routes) {
        for (const { table, routes: own } of chosenTables(set, gateway, delegation, tables)) {
          const there = claimed.get(table) ?? [];
          for (const route of own) {
            const narrowed = narrow(route, delegation.path, hosts);
            if (narrowed === undefined) continue;
            there.push({
              ...(typeof certificate === "string" ? closedBy(narrowed, certificate) : narrowed),
              name: nameAt(there, route.name, port),
              listener: port,
            });
            for (const match of narrowed.matches) reached.add(match);
          }
          claimed.set(table, there);
        }
      }
    }
  }
  warnOfUnreached(
    set,
    tables.filter(({ table }) => claimed.has(table)),
    reached,
  );
  return {
    listeners: ports.listeners(),
    tables: tables.map(({ table, routes }) => ({ table, routes: claimed.get(table) ?? routes })),
  };
}

function warnOfUnreached(
  set: ResourceSet,
  claimed: readonly TableRoutes[],
  reached: ReadonlySet<CompiledMatch>,
): void {
  for (const { table, routes } of claimed) {
    for (const { name, matches } of routes) {
      if (matches.every((match) => reached.has(match))) continue;
      const text = `route ${name}: a part of it is never reached, because its gateway does not delegate it`;
      set.warn(table, table.metadata.name, text, "NotAllowedByListeners", "Accepted");
    }
  }
}

/** Without its certificate a listener serves nothing, also where its port is open for others. */
function closedBy(route: HttpRoute, missing: string): HttpRoute {
  return { ...route, unavailable: [route.unavailable ?? [], missing].flat().join("; ") };
}

/** A route that is served on several ports has a name for each. */
function nameAt(there: readonly HttpRoute[], name: string, port: number): string {
  const isElsewhere = there.some((route) => route.name === name && route.listener !== port);
  return isElsewhere ? `${name}@${port}` : name;
}

type Delegation = Resource<"VirtualGateway">["spec"]["listeners"][number]["routes"][number];

function chosenTables(
  set: ResourceSet,
  gateway: Resource<"VirtualGateway">,
  { labels, routeTable }: Delegation,
  tables: readonly TableRoutes[],
): TableRoutes[] {
  if (routeTable !== undefined) {
    const named = set.resolve(gateway, "RouteTable", routeTable);
    return tables.filter(({ table }) => table === named);
  }
  const chosen = tables.filter(({ table }) => matchesLabels(table.metadata.labels, labels ?? {}));
  if (chosen.length === 0) {
    const [label = gateway.metadata.name] = Object.values(labels ?? {});
    const text = "no route table has the labels that it delegates to";
    set.warn(gateway, label, text, notFoundReason("RouteTable"));
  }
  for (const { table } of chosen) set.link(gateway, table);
  return chosen;
}

/** The part of a route that a delegation lets through. */
function narrow(
  route: HttpRoute,
  path: PathMatch | undefined,
  listenerHosts: readonly string[],
): HttpRoute | undefined {
  const matches = route.matches.filter((match) => path === undefined || isWithin(match, path));
  const hosts = commonHosts(route.hosts, listenerHosts);
  return matches.length === 0 || hosts.length === 0 ? undefined : { ...route, matches, hosts };
}

function isWithin({ path }: CompiledMatch, { prefix, exact, regex }: PathMatch): boolean {
  if (exact !== undefined) return path.type === "exact" && path.value === exact;
  if (regex !== undefined) return path.type === "regex" && path.value === regex;
  const root = (prefix ?? "/").replace(/\/$/, "");
  if (root === "") return true;
  if (path.type === "regex") return patternBeginsWith(path.value, `${root}/`);
  return path.value === root || path.value.startsWith(`${root}/`);
}

function commonHosts(own: readonly string[], listeners: readonly string[]): string[] {
  const common = [
    ...own.filter((host) => listeners.some((pattern) => covers(pattern, host))),
    ...listeners.filter((host) => own.some((pattern) => covers(pattern, host))),
  ];
  return [...new Set(common)];
}

/** Whether all that one host stands for is meant by another, as `*.example.com` means `api.example.com`. */
function covers(pattern: string, host: string): boolean {
  return pattern === "*" || pattern === host || (pattern.startsWith("*.") && host.endsWith(pattern.slice(1)));
}
