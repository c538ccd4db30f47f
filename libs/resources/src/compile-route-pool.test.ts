import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { compileSnapshot } from "./compile-snapshot.ts";
import { formatProblem } from "./configuration-problem.ts";
import { parseConfiguration } from "./read-configuration.ts";
import { readResources } from "./read-resources.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const base = compileSnapshot(
  parseConfiguration(
    "backends: { openai: { provider: openai } }\nmodels: [{ name: any, backend: openai }]",
    "sluice.yaml",
  ),
  "/",
);

function compile(text: string) {
  const read = readResources([{ text, name: "resources.yaml" }]);
  const { content, problems, warnings } = compileContent(base, read.resources);
  const said = [...read.problems, ...problems].map(formatProblem);
  return { said, warnings: warnings.map(formatProblem), routes: content.routes };
}

function route(destinations: string, more = ""): string {
  return `
apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: here }
spec: { hosts: [here.example.com], ports: [{ number: 80, protocol: HTTP }] }
---
apiVersion: sluice.dev/v1
kind: AIBackend
metadata: { name: face }
spec: { provider: huggingface, url: "https://face.example.com/models/one", model: one, credentials: { env: HF } }
---
apiVersion: sluice.dev/v1
kind: AIBackend
metadata: { name: gpt }
spec: { provider: openai }
---
apiVersion: sluice.dev/v1
kind: RouteTable
metadata: { name: all }
spec:
  routes:
    - name: one
      ${destinations}
      ${more}
`;
}

test("the file of docs/failover.md about routes is that of the examples, and valid", () => {
  const example = readFileSync(`${root}examples/failover/route.yaml`, "utf8");
  expect(readFileSync(`${root}docs/failover.md`, "utf8")).toContain(`\`\`\`yaml\n${example}\`\`\``);
  const { said, warnings, routes } = compile(example);
  expect([said, warnings]).toEqual([[], []]);
  expect(routes.map(({ target }) => target)).toEqual([
    {
      type: "http",
      upstream: "search-eu:443",
      pool: {
        methods: ["GET", "POST"],
        targets: [
          { upstream: "search-eu:443", weight: 1, priority: 0 },
          { upstream: "search-us:443", weight: 1, priority: 1 },
        ],
      },
    },
  ]);
});

describe("several destinations of a route", () => {
  it.each([
    ["", "", /destination: is missing/],
    [
      "destination: { externalService: { name: here } }",
      "destinations: [{ externalService: { name: here } }]",
      /either destination or destinations/,
    ],
    [
      "destination: { externalService: { name: here } }",
      "failover: { methods: [POST] }",
      /does nothing without destinations/,
    ],
    ["destinations: [{ externalService: { name: here }, weight: 0 }]", "", /weight above 0/],
    ["destinations: [{ weight: 1 }]", "", /either externalService or aiBackend/],
    [
      "destinations: [{ externalService: { name: here } }, { aiBackend: { name: gpt } }]",
      "",
      /gpt is called in a dialect; write a model/,
    ],
    [
      "destinations: [{ externalService: { name: here } }, { aiBackend: { name: face } }]",
      "",
      /face has another path than here/,
    ],
  ])("are refused where they say nothing, or too much: %s %s", (destinations, more, words) => {
    expect(compile(route(destinations, more)).said.join("\n")).toMatch(words);
  });

  it("do without one that is not there, which is warned of", () => {
    const { said, warnings, routes } = compile(
      route("destinations: [{ externalService: { name: gone } }, { externalService: { name: here } }]"),
    );
    expect(said).toEqual([]);
    expect(warnings.join()).toContain("there is no ExternalService gone");
    expect(routes[0]).toMatchObject({
      target: { upstream: "here:80", pool: { targets: [{ upstream: "here:80" }] } },
    });
    expect(routes[0]?.unavailable).toBeUndefined();
  });

  it("close the route where none is there", () => {
    const { routes } = compile(route("destinations: [{ externalService: { name: gone } }]"));
    expect(routes[0]?.unavailable).toContain("gone");
  });
});
