import { expect, test } from "vitest";
import { stringify } from "yaml";
import { compileContent } from "./compile-content.ts";
import { readResources } from "./read-resources.ts";

interface TestRoute {
  match: object[];
  hosts?: string[];
}

const service = {
  apiVersion: "sluice.dev/v1",
  kind: "ExternalService",
  metadata: { name: "svc" },
  spec: { hosts: ["svc.example"], ports: [{ number: 80, protocol: "HTTP" }] },
};

/** Routes a, b, … of a table each, and what is said of them. */
function problemsOf(...routes: TestRoute[]): string[] {
  const tables = routes.map(({ match, hosts = ["*"] }, index) => ({
    apiVersion: "sluice.dev/v1",
    kind: "RouteTable",
    metadata: { name: "abc"[index] },
    spec: { hosts, routes: [{ name: "r", match, destination: { externalService: { name: "svc" } } }] },
  }));
  const text = [service, ...tables].map((resource) => stringify(resource)).join("---\n");
  const read = readResources([{ text, name: "r.yaml" }]);
  expect(read.problems).toEqual([]);
  return compileContent(undefined, read.resources).problems.map(({ message }) => message);
}

const prefix = (value: string, rest: object = {}) => ({ path: { prefix: value }, ...rest });
const exact = (value: string, rest: object = {}) => ({ path: { exact: value }, ...rest });
const regex = (value: string, rest: object = {}) => ({ path: { regex: value }, ...rest });
const tenant = { headers: [{ name: "x-tenant", exact: "a" }] };

test.each<[title: string, first: TestRoute, second: TestRoute, coverer: string]>([
  [
    "a pattern below a prefix",
    { match: [prefix("/ai")] },
    { match: [regex("/ai/.*")] },
    "prefix /ai of host *",
  ],
  [
    "any pattern behind all paths",
    { match: [prefix("/")] },
    { match: [regex("/x|/y")] },
    "prefix / of host *",
  ],
  [
    "a pattern with conditions below a prefix",
    { match: [prefix("/ai", { methods: ["GET", "POST"] })] },
    { match: [regex("/ai/.*", { methods: ["GET"], ...tenant })] },
    "prefix /ai of host *",
  ],
  [
    "a pattern behind one that fits all",
    { match: [regex("/.*")] },
    { match: [regex("/x/.*")] },
    "regex /.* of host *",
  ],
  [
    "fewer methods behind more",
    { match: [exact("/x", { methods: ["GET", "POST"] })] },
    { match: [exact("/x", { methods: ["POST"] })] },
    "exact /x of host *",
  ],
  [
    "the same conditions in another order",
    {
      match: [
        prefix("/x", {
          headers: [
            { name: "a", exact: "1" },
            { name: "b", exact: "2" },
          ],
        }),
      ],
    },
    {
      match: [
        prefix("/x/", {
          headers: [
            { name: "B", exact: "2" },
            { name: "a", exact: "1" },
          ],
        }),
      ],
    },
    "prefix /x of host *",
  ],
  [
    "every match of it, on every host",
    { match: [prefix("/a"), prefix("/b")], hosts: ["x.example", "y.example"] },
    { match: [regex("/a/.*"), regex("/b/c")], hosts: ["y.example"] },
    "prefix /a of host y.example",
  ],
])("a route that is never reached is refused: %s", (_title, first, second, coverer) => {
  expect(problemsOf(first, second)).toEqual([
    `RouteTable b: route b/r is never reached: a/r takes all of its requests (${coverer})`,
  ]);
});

test.each<[title: string, first: TestRoute, second: TestRoute]>([
  ["a longer prefix", { match: [prefix("/")] }, { match: [prefix("/ai")] }],
  ["an exact path", { match: [prefix("/ai")] }, { match: [exact("/ai/x")] }],
  ["a pattern beside a prefix", { match: [prefix("/ai")] }, { match: [regex("/ai.*")] }],
  ["a pattern of which a part is elsewhere", { match: [prefix("/ai")] }, { match: [regex("/ai/x|/y")] }],
  [
    "a pattern below a prefix with conditions",
    { match: [prefix("/ai", tenant)] },
    { match: [regex("/ai/.*")] },
  ],
  ["more conditions", { match: [exact("/x")] }, { match: [exact("/x", tenant)] }],
  [
    "other methods",
    { match: [exact("/x", { methods: ["GET", "POST"] })] },
    { match: [exact("/x", { methods: ["POST", "PUT"] })] },
  ],
  [
    "more methods",
    { match: [exact("/x", { methods: ["GET"] })] },
    { match: [exact("/x", { methods: ["GET", "POST"] })] },
  ],
  ["any method", { match: [exact("/x", { methods: ["GET"] })] }, { match: [exact("/x")] }],
  [
    "another host",
    { match: [prefix("/")], hosts: ["x.example"] },
    { match: [regex("/.*")], hosts: ["y.example"] },
  ],
  [
    "one more host",
    { match: [prefix("/")], hosts: ["x.example"] },
    { match: [regex("/.*")], hosts: ["x.example", "*"] },
  ],
  [
    "a wider host before",
    { match: [prefix("/")], hosts: ["*"] },
    { match: [regex("/.*")], hosts: ["x.example"] },
  ],
  ["one match of several", { match: [prefix("/a")] }, { match: [regex("/a/.*"), regex("/b/.*")] }],
  ["a pattern before one that fits all", { match: [regex("/x/.*")] }, { match: [regex("/.*")] }],
])("a route that is reached is taken: %s", (_title, first, second) => {
  expect(problemsOf(first, second)).toEqual([]);
});

test("a pattern that was there before one that fits all goes before it, in whichever route it stands again", () => {
  const first = { match: [regex("/x/.*", tenant)] };
  expect(problemsOf(first, { match: [regex("/.*")] }, { match: [regex("/x/.*")] })).toEqual([]);
});

test("a route may repeat itself", () => {
  expect(problemsOf({ match: [prefix("/ai"), regex("/ai/.*")] })).toEqual([]);
});
