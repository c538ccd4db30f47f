import type { CompiledMatch, HttpRoute } from "./http-route.ts";
import { patternBeginning } from "./pattern-beginning.ts";
import type { Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";

/** A route and the table that it stands in. */
export interface TableRoute {
  table: Resource<"RouteTable">;
  route: HttpRoute;
}

/** A match of a route on one host. */
interface Claim extends TableRoute {
  host: string;
  match: CompiledMatch;
}

/**
 * Refuses routes that no request reaches, as far as that can be told for sure: two for the very same requests, and one
 * of which every request goes to others that stand before it.
 */
export function refuseShadowed(set: ResourceSet, routes: readonly TableRoute[]): void {
  const repeated = refuseRepeated(set, routes);
  for (const ofListener of Map.groupBy(routes, ({ route }) => route.listener).values()) {
    const claims = ofListener.flatMap(claimsOf);
    const byHost = Map.groupBy(claims, ({ host }) => host);
    const hosts = new Map([...byHost].map(([host, onHost]) => [host, new HostClaims(onHost)]));
    for (const [name, own] of Map.groupBy(claims, ({ route }) => route.name)) {
      const coverers = own.map((claim) => hosts.get(claim.host)?.covererOf(claim));
      const [first] = own;
      const [coverer] = coverers;
      if (first === undefined || coverer === undefined || coverers.includes(undefined)) continue;
      if (repeated.has(name)) continue;
      const text = `route ${name} is never reached: ${coverer.route.name} takes all of its requests (${describe(coverer)})`;
      set.refuse(first.table, first.match.path.value, text);
    }
  }
}

/** @returns the names of the routes that were refused */
function refuseRepeated(set: ResourceSet, routes: readonly TableRoute[]): Set<string> {
  const first = new Map<string, string>();
  const refused = new Set<string>();
  for (const claim of routes.flatMap(claimsOf)) {
    const { table, route, host, match } = claim;
    const { type } = match.path;
    const key = JSON.stringify([route.listener, host, { ...match, path: { type, value: pathOf(match) } }]);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, route.name);
    else if (earlier !== route.name) {
      refused.add(route.name);
      const text = `route ${route.name} is never reached: ${earlier} is for the same requests (${describe(claim)})`;
      set.refuse(table, match.path.value, text);
    }
  }
  return refused;
}

function claimsOf({ table, route }: TableRoute): Claim[] {
  return route.matches.flatMap((match) => route.hosts.map((host) => ({ table, route, host, match })));
}

function describe({ match: { path }, host }: Claim): string {
  return `${path.type} ${path.value} of host ${host}`;
}

/** All claims on a host, in the order in which they are looked at where nothing else decides. */
class HostClaims {
  readonly #byPath: Map<string, Claim[]>;
  readonly #prefixes: Claim[];
  /** By pattern, in the order in which patterns are tried. */
  readonly #patterns: Map<string, Claim[]>;

  constructor(claims: readonly Claim[]) {
    this.#byPath = Map.groupBy(claims, keyOfPath);
    this.#prefixes = claims.filter(({ match }) => match.path.type === "prefix");
    const patterns = claims.filter(({ match }) => match.path.type === "regex");
    this.#patterns = Map.groupBy(patterns, ({ match }) => match.path.value);
  }

  /** A claim of another route that takes all requests of this one. */
  covererOf(claim: Claim): Claim | undefined {
    const samePath = this.#byPath.get(keyOfPath(claim)) ?? [];
    const earlier = samePath.slice(0, samePath.indexOf(claim));
    // Of one path the claim with most conditions goes first.
    const same = earlier.filter(({ match }) => countConditions(match) === countConditions(claim.match));
    const candidates = claim.match.path.type === "regex" ? [...same, ...this.#before(claim)] : same;
    return candidates.find(
      ({ route, match }) => route.name !== claim.route.name && isAskedWherever(claim.match, match),
    );
  }

  /** Those that are asked before a pattern and have all of its paths: prefixes, and patterns that fit everything. */
  *#before({ match: { path } }: Claim): Generator<Claim> {
    const beginning = patternBeginning(path.value);
    for (const prefix of this.#prefixes) {
      const root = pathOf(prefix.match);
      if (root === "" || beginning.startsWith(`${root}/`)) yield prefix;
    }
    for (const [pattern, claims] of this.#patterns) {
      if (pattern === path.value) return;
      if (/^\/?\.\*$/.test(pattern)) yield* claims;
    }
  }
}

function keyOfPath({ match }: Claim): string {
  return `${match.path.type} ${pathOf(match)}`;
}

function countConditions({ methods, headers, query }: CompiledMatch): number {
  return (methods.length > 0 ? 1 : 0) + headers.length + query.length;
}

/** Whether the conditions of the other hold whenever those of a match do: they are the same, or fewer. */
function isAskedWherever(match: CompiledMatch, other: CompiledMatch): boolean {
  const { methods } = match;
  const hasMethod =
    other.methods.length === 0 ||
    (methods.length > 0 && methods.every((method) => other.methods.includes(method)));
  return hasMethod && isSubset(other.headers, match.headers) && isSubset(other.query, match.query);
}

function isSubset(conditions: readonly object[], of: readonly object[]): boolean {
  const known = new Set(of.map((condition) => JSON.stringify(condition)));
  return conditions.every((condition) => known.has(JSON.stringify(condition)));
}

/** A slash at the end of a prefix is all one. */
function pathOf({ path: { type, value } }: CompiledMatch): string {
  return type === "prefix" ? value.replace(/\/$/, "") : value;
}
