import fc from "fast-check";
import { expect, test } from "vitest";
import type { CompiledMatch, HttpRoute, ValueCondition } from "./http-route.ts";
import { type RoutableRequest, RouteIndex } from "./route-index.ts";

function route(
  name: string,
  hosts: string[],
  ...matches: (Partial<CompiledMatch> & { path: CompiledMatch["path"] })[]
): HttpRoute {
  return {
    name,
    hosts,
    matches: matches.map((match) => ({ methods: [], headers: [], query: [], ...match })),
    auth: { type: "virtual_key", required: true },
    guardPolicies: [],
    limits: [],
    target: { type: "http", upstream: "u" },
  };
}

const prefix = (value: string) => ({ path: { type: "prefix" as const, value } });
const exact = (value: string) => ({ path: { type: "exact" as const, value } });
const regex = (value: string) => ({ path: { type: "regex" as const, value } });

interface Asked {
  method?: string;
  host?: string;
  headers?: Record<string, string>;
}

function request(target: string, { method = "GET", host = "a.example", headers = {} }: Asked = {}) {
  const [path = "", query] = target.split("?");
  return {
    method,
    host,
    path,
    header: (name: string) => headers[name],
    query: new URLSearchParams(query),
  } satisfies RoutableRequest;
}

/** Name of the route, and the part of the path that it matched. */
function find(routes: HttpRoute[], target: string, asked?: Asked): string | undefined {
  const found = new RouteIndex(routes).find(request(target, asked));
  return found === undefined ? undefined : `${found.route.name} ${found.matchedPath}`.trimEnd();
}

test.each([
  ["a.example", "by-name"],
  ["b.example", "below"],
  ["x.b.example", "below"],
  ["x.deep.example", "deeper"],
  ["deep.example", "below"],
  ["example", "any"],
  ["notexample", "any"],
  ["other.test", "any"],
  ["", "any"],
])("the host %s has the route %s: a name before the longest domain before any", (host, name) => {
  const routes = [
    route("any", ["*"], prefix("/")),
    route("below", ["*.example"], prefix("/")),
    route("deeper", ["*.deep.example"], prefix("/")),
    route("by-name", ["a.example"], prefix("/")),
  ];
  expect(find(routes, "/x", { host })).toBe(name);
});

test("where the routes of a host don't fit, those of its domain and of any host are asked", () => {
  const routes = [
    route("any", ["*"], prefix("/")),
    route("below", ["*.example"], prefix("/b")),
    route("by-name", ["a.example"], prefix("/a")),
  ];
  expect(find(routes, "/a")).toBe("by-name /a");
  expect(find(routes, "/b")).toBe("below /b");
  expect(find(routes, "/c")).toBe("any");
});

const paths = [
  route("pattern-first", ["*"], regex("/ai/[a-z]+/x")),
  route("pattern-second", ["*"], regex("/.*/x")),
  route("root", ["*"], prefix("/r")),
  route("short", ["*"], prefix("/ai/chat")),
  route("long", ["*"], prefix("/ai/chat/v1/")),
  route("exactly", ["*"], exact("/ai/chat/v1/models")),
];

test.each([
  ["/ai/chat/v1/models", "exactly /ai/chat/v1/models"],
  ["/ai/chat/v1/models/", "long /ai/chat/v1"],
  ["/ai/chat/v1", "long /ai/chat/v1"],
  ["/ai/chat/v1/", "long /ai/chat/v1"],
  ["/ai/chat/v1x", "short /ai/chat"],
  ["/ai/chat", "short /ai/chat"],
  ["/ai/chat/", "short /ai/chat"],
  ["/ai/chat/x", "short /ai/chat"],
  ["/ai/other/x", "pattern-first /ai/other/x"],
  ["/ai/other/xx", undefined],
  ["/AI/CHAT", undefined],
  ["/b/ai/c/x", "pattern-second /b/ai/c/x"],
  ["/aix", undefined],
  ["/", undefined],
])("the path %s has the route %s: exact before the longest prefix before patterns", (path, found) => {
  expect(find(paths, path)).toBe(found);
});

test("a prefix of / is every path, and nothing of it is matched away", () => {
  const routes = [route("all", ["*"], prefix("/"))];
  for (const path of ["/", "/a", "/a/b/", "//"]) expect(find(routes, path)).toBe("all");
});

test("a route with several matches has all of them", () => {
  const routes = [route("both", ["a.example", "b.example"], exact("/x"), prefix("/y"))];
  expect(find(routes, "/x")).toBe("both /x");
  expect(find(routes, "/y/z", { host: "b.example" })).toBe("both /y");
  expect(find(routes, "/x/z")).toBeUndefined();
});

test("of routes for the same path the one with most conditions goes first, whatever their order", () => {
  const gold: ValueCondition = { type: "exact", name: "x-tier", value: "gold" };
  const beta: ValueCondition = { type: "present", name: "beta", value: true };
  const make = (path: ReturnType<typeof regex> | ReturnType<typeof prefix>) => [
    route("plain", ["*"], path),
    route("post", ["*"], { ...path, methods: ["POST", "PUT"] }),
    route("gold-beta", ["*"], { ...path, headers: [gold], query: [beta] }),
    route("gold", ["*"], { ...path, headers: [gold] }),
  ];
  const headers = { "x-tier": "gold" };
  for (const routes of [make(prefix("/x")), make(prefix("/x")).toReversed(), make(regex("/x"))]) {
    const nameOf = (...asked: Parameters<typeof request>) =>
      new RouteIndex(routes).find(request(...asked))?.route.name;
    expect(nameOf("/x")).toBe("plain");
    expect(nameOf("/x", { method: "PUT" })).toBe("post");
    expect(nameOf("/x?beta=", { headers })).toBe("gold-beta");
    expect(nameOf("/x?beta=", { headers: { "x-tier": "golden" } })).toBe("plain");
    expect(nameOf("/x", { headers })).toBe("gold");
  }
});

test("of routes with as many conditions the first goes first", () => {
  const routes = [
    route("one", ["*"], { ...prefix("/x"), methods: ["POST"] }),
    route("two", ["*"], { ...prefix("/x"), headers: [{ type: "present", name: "a", value: true }] }),
  ];
  expect(find(routes, "/x", { method: "POST", headers: { a: "" } })).toBe("one /x");
});

test("a path whose conditions don't hold goes on to the next shorter prefix, and to patterns", () => {
  const post = { methods: ["POST" as const] };
  const routes = [
    route("pattern", ["*"], regex("/a/.*")),
    route("exactly", ["*"], { ...exact("/a/b/c"), ...post }),
    route("long", ["*"], { ...prefix("/a/b"), ...post }),
    route("short", ["*"], { ...prefix("/a"), methods: ["POST", "GET"] }),
  ];
  expect(find(routes, "/a/b/c", { method: "POST" })).toBe("exactly /a/b/c");
  expect(find(routes, "/a/b/c")).toBe("short /a");
  expect(find(routes, "/a/b/c", { method: "PUT" })).toBe("pattern /a/b/c");
});

test.each<[condition: ValueCondition, value: string | undefined, holds: boolean]>([
  [{ type: "exact", name: "n", value: "v" }, "v", true],
  [{ type: "exact", name: "n", value: "v" }, "V", false],
  [{ type: "exact", name: "n", value: "" }, "", true],
  [{ type: "exact", name: "n", value: "" }, undefined, false],
  [{ type: "prefix", name: "n", value: "v" }, "vw", true],
  [{ type: "prefix", name: "n", value: "v" }, "wv", false],
  [{ type: "prefix", name: "n", value: "v" }, undefined, false],
  [{ type: "regex", name: "n", value: "v+" }, "vv", true],
  [{ type: "regex", name: "n", value: "v+" }, "vvw", false],
  [{ type: "regex", name: "n", value: ".*" }, undefined, false],
  [{ type: "present", name: "n", value: true }, "", true],
  [{ type: "present", name: "n", value: true }, undefined, false],
  [{ type: "present", name: "n", value: false }, undefined, true],
  [{ type: "present", name: "n", value: false }, "", false],
])("the condition %j on the value %j: %s", (condition, value, holds) => {
  const found = (routes: HttpRoute[], target: string, headers: Record<string, string>) =>
    find(routes, target, { headers }) !== undefined;
  const byHeader = [route("r", ["*"], { ...prefix("/"), headers: [condition] })];
  expect(found(byHeader, "/", value === undefined ? {} : { n: value })).toBe(holds);
  const byQuery = [route("r", ["*"], { ...prefix("/"), query: [condition] })];
  expect(found(byQuery, value === undefined ? "/" : `/?n=${value}`, {})).toBe(holds);
});

/** What the documentation says of precedence, read literally: all that fits, best first. */
function findNaively(routes: HttpRoute[], asked: RoutableRequest): string | undefined {
  const fitting = routes
    .flatMap((one) =>
      one.hosts.flatMap((host) => one.matches.map((match) => ({ name: one.name, host, match }))),
    )
    .filter(
      ({ host, match }) =>
        hostRank(host, asked.host) >= 0 &&
        pathRank(match, asked.path) >= 0 &&
        (match.methods.length === 0 || match.methods.some((method) => method === asked.method)) &&
        match.headers.every(({ name, value }) => asked.header(name) === value) &&
        match.query.every(({ name, value }) => asked.query.get(name) === value),
    );
  const count = ({ methods, headers, query }: CompiledMatch) =>
    Math.min(methods.length, 1) + headers.length + query.length;
  return fitting.toSorted(
    (a, b) =>
      hostRank(b.host, asked.host) - hostRank(a.host, asked.host) ||
      pathRank(b.match, asked.path) - pathRank(a.match, asked.path) ||
      count(b.match) - count(a.match),
  )[0]?.name;
}

function hostRank(pattern: string, host: string): number {
  if (pattern === host) return 1_000;
  if (pattern === "*") return 0;
  return pattern.startsWith("*.") && host.endsWith(pattern.slice(1)) ? pattern.length : -1;
}

function pathRank({ path: { type, value } }: CompiledMatch, path: string): number {
  if (type === "exact") return path === value ? 1_000 : -1;
  // The property has one pattern only, so that their order does not matter.
  if (type === "regex") return new RegExp(`^(?:${value})$`).test(path) ? 0 : -1;
  const segments = (text: string) => text.split("/").filter((segment) => segment !== "");
  const [own, asked] = [segments(value), segments(path)];
  return own.every((segment, index) => asked[index] === segment) ? own.length + 1 : -1;
}

const segment = fc.constantFrom("a", "b", "ab");
const path = fc
  .tuple(fc.array(segment, { maxLength: 4 }), fc.boolean())
  .map(([segments, slash]) => `/${segments.join("/")}${slash && segments.length > 0 ? "/" : ""}`);
const hostPattern = fc.constantFrom("*", "*.x", "*.y.x", "x", "y.x", "z.y.x");
const condition = fc.record({
  type: fc.constant("exact" as const),
  name: fc.constantFrom("h", "i"),
  value: fc.constantFrom("1", "2"),
});
const anyMatch = fc.record({
  path: fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ type: fc.constantFrom("exact" as const, "prefix" as const), value: path }),
    },
    { weight: 1, arbitrary: fc.constant({ type: "regex" as const, value: "/[ab/]*b" }) },
  ),
  methods: fc.subarray(["GET" as const, "POST" as const], { maxLength: 1 }),
  headers: fc.uniqueArray(condition, { maxLength: 1, selector: ({ name }) => name }),
  query: fc.uniqueArray(condition, { maxLength: 2, selector: ({ name }) => name }),
});
const anyRoutes = fc
  .array(
    fc.record({
      hosts: fc.uniqueArray(hostPattern, { minLength: 1, maxLength: 2 }),
      matches: fc.array(anyMatch, { minLength: 1, maxLength: 2 }),
    }),
    { maxLength: 12 },
  )
  .map((all) => all.map(({ hosts, matches }, index) => route(`r${index}`, hosts, ...matches)));
const values = fc.dictionary(fc.constantFrom("h", "i"), fc.constantFrom("1", "2"));

test("the index finds what a search through all routes finds", () => {
  fc.assert(
    fc.property(
      anyRoutes,
      path,
      fc.constantFrom("x", "y.x", "z.y.x", "w.z.y.x", "y"),
      fc.constantFrom("GET", "POST", "PUT"),
      values,
      values,
      (routes, asked, host, method, headers, query) => {
        const target = `${asked}?${new URLSearchParams(query)}`;
        const made = request(target, { host, method, headers });
        expect(new RouteIndex(routes).find(made)?.route.name).toBe(findNaively(routes, made));
      },
    ),
    { seed: 1, numRuns: 2_000 },
  );
});

/** A route of its own path, which counts how often its conditions are looked at. */
function countedRoutes(count: number, counter: { looks: number }): HttpRoute[] {
  return Array.from({ length: count }, (_, index) => {
    const counted = route(`r${index}`, ["*", `h${index}.example`], prefix(`/team${index}/chat`));
    const [match] = counted.matches;
    if (match === undefined) throw new Error("a route without a match");
    Object.defineProperty(match, "methods", {
      get: () => {
        counter.looks += 1;
        return [];
      },
    });
    return counted;
  });
}

test("with 5,000 routes no more of them are looked at than with 50", () => {
  const looksWith = (count: number) => {
    const counter = { looks: 0 };
    const index = new RouteIndex(countedRoutes(count, counter));
    counter.looks = 0;
    expect(index.find(request("/team7/chat/completions"))?.route.name).toBe("r7");
    expect(index.find(request("/team7/chat", { host: "h7.example" }))?.route.name).toBe("r7");
    expect(index.find(request("/team7/other"))).toBeUndefined();
    return counter.looks;
  };
  expect(looksWith(50)).toBe(2);
  expect(looksWith(5_000)).toBe(2);
});
