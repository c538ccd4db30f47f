import type { CompiledMatch, HttpRoute, ValueCondition } from "./http-route.ts";
import { compileWholePattern, type WholePattern } from "./whole-pattern.ts";

/** What of a request decides about its route. */
export interface RoutableRequest {
  method: string;
  /** Without a port, lower case. */
  host: string;
  /** Without the query. */
  path: string;
  /** Lower-case names. */
  header(name: string): string | undefined;
  query: URLSearchParams;
}

/** The route of a request, and what of the path its prefix matched. */
export interface RouteMatch {
  route: HttpRoute;
  /** The matched prefix without a slash at its end; the whole path for other matches. */
  matchedPath: string;
}

interface Candidate {
  route: HttpRoute;
  match: CompiledMatch;
  headers: readonly Condition[];
  query: readonly Condition[];
}

interface Condition {
  name: string;
  holds(value: string | undefined): boolean;
}

/** Routes of one host. */
class HostRoutes {
  readonly #exact = new Map<string, Candidate[]>();
  readonly #prefixes = new Map<string, Candidate[]>();
  #longestPrefix = 0;
  readonly #patterns = new Map<string, { pattern: WholePattern; candidates: Candidate[] }>();

  add(candidate: Candidate): void {
    const { type, value } = candidate.match.path;
    if (type === "regex") {
      const same = this.#patterns.get(value);
      if (same !== undefined) insertBySpecificity(same.candidates, candidate);
      else this.#patterns.set(value, { pattern: compileWholePattern(value), candidates: [candidate] });
      return;
    }
    const map = type === "exact" ? this.#exact : this.#prefixes;
    const key = type === "exact" ? value : withoutSlash(value);
    if (type === "prefix") this.#longestPrefix = Math.max(this.#longestPrefix, key.length);
    const there = map.get(key);
    if (there === undefined) map.set(key, [candidate]);
    else insertBySpecificity(there, candidate);
  }

  find(request: RoutableRequest): RouteMatch | undefined {
    const { path } = request;
    const exact = firstFit(this.#exact.get(path), request);
    if (exact !== undefined) return { route: exact.route, matchedPath: path };
    // From the longest prefix to the shortest: one look-up for each slash of the path, however many routes there are.
    // A longer one than there is need not be looked for: a path may be as long as all headers.
    const start =
      path.length <= this.#longestPrefix ? path.length : path.lastIndexOf("/", this.#longestPrefix);
    for (let end = start; ; end = path.lastIndexOf("/", end - 1)) {
      const prefix = withoutSlash(path.slice(0, end));
      const fit = firstFit(this.#prefixes.get(prefix), request);
      if (fit !== undefined) return { route: fit.route, matchedPath: prefix };
      if (end <= 0) break;
    }
    for (const { pattern, candidates } of this.#patterns.values()) {
      const fit = pattern.match(path) === undefined ? undefined : firstFit(candidates, request);
      if (fit !== undefined) return { route: fit.route, matchedPath: path };
    }
    return undefined;
  }
}

/**
 * Finds the route of a request: the host by its name before `*.domain` (the longest) before `*`; then the exact
 * path before the longest prefix before patterns, in their order; then the one with most conditions. What it costs
 * depends on the length of host and path, not on the number of routes; patterns are tried one after the other.
 */
export class RouteIndex {
  readonly #hosts = new Map<string, HostRoutes>();

  constructor(routes: Iterable<HttpRoute>) {
    for (const route of routes) {
      for (const match of route.matches) {
        const candidate: Candidate = {
          route,
          match,
          headers: match.headers.map(conditionOf),
          query: match.query.map(conditionOf),
        };
        for (const host of route.hosts) this.#of(host).add(candidate);
      }
    }
  }

  find(request: RoutableRequest): RouteMatch | undefined {
    for (const host of hostsToTry(request.host)) {
      const found = this.#hosts.get(host)?.find(request);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #of(host: string): HostRoutes {
    let routes = this.#hosts.get(host);
    if (routes === undefined) {
      routes = new HostRoutes();
      this.#hosts.set(host, routes);
    }
    return routes;
  }
}

/** A longer one is no host (RFC 1035, section 2.3.4). */
const longestHost = 253;

function* hostsToTry(host: string): Generator<string> {
  if (host.length > longestHost) {
    yield "*";
    return;
  }
  yield host;
  for (let dot = host.indexOf("."); dot !== -1; dot = host.indexOf(".", dot + 1)) yield `*${host.slice(dot)}`;
  yield "*";
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

function insertBySpecificity(candidates: Candidate[], candidate: Candidate): void {
  const before = candidates.findIndex((other) => conditions(other) < conditions(candidate));
  candidates.splice(before === -1 ? candidates.length : before, 0, candidate);
}

function conditions({ match }: Candidate): number {
  return (match.methods.length > 0 ? 1 : 0) + match.headers.length + match.query.length;
}

function firstFit(candidates: Candidate[] | undefined, request: RoutableRequest): Candidate | undefined {
  return candidates?.find((candidate) => fits(candidate, request));
}

function fits({ match, headers, query }: Candidate, request: RoutableRequest): boolean {
  const { methods } = match;
  if (methods.length > 0 && !(methods as readonly string[]).includes(request.method)) return false;
  return (
    headers.every(({ name, holds }) => holds(request.header(name))) &&
    query.every(({ name, holds }) => holds(request.query.get(name) ?? undefined))
  );
}

function conditionOf(condition: ValueCondition): Condition {
  const { name, type, value } = condition;
  switch (type) {
    case "exact":
      return { name, holds: (actual) => actual === value };
    case "prefix":
      return { name, holds: (actual) => actual?.startsWith(value) === true };
    case "present":
      return { name, holds: (actual) => (actual !== undefined) === value };
    case "regex": {
      const pattern = compileWholePattern(value);
      return { name, holds: (actual) => actual !== undefined && pattern.match(actual) !== undefined };
    }
  }
}
