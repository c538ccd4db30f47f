import { expect, test } from "vitest";
import type { HttpRoute } from "./http-route.ts";
import { matchRequest } from "./match-request.ts";
import type { Snapshot } from "./snapshot.ts";

function route(name: string, target: HttpRoute["target"], facts: Partial<HttpRoute> = {}): HttpRoute {
  return {
    name,
    hosts: ["*"],
    matches: [{ path: { type: "prefix", value: `/${name}` }, methods: [], headers: [], query: [] }],
    auth: { type: "virtual_key", required: true },
    guardPolicies: [],
    limits: [],
    target,
    ...facts,
  };
}

const http = { type: "http", upstream: "u" } as const;
const header = { type: "exact", name: "x-tier", value: "gold, silver" } as const;

const snapshot = {
  routes: [
    route("http", http),
    route("hosted", http, { hosts: ["api.example"] }),
    route("gold", http, {
      matches: [{ path: { type: "prefix", value: "/" }, methods: [], headers: [header], query: [] }],
    }),
    route("fixed", { type: "model", backend: "b", dialect: "openai", providerModel: "gpt-4" }),
    route("open", { type: "model", backend: "b", dialect: "anthropic" }),
    route("gemini", { type: "model", backend: "b", dialect: "gemini", providerModel: "pro" }),
    route("listened", http, { listener: 80 }),
  ],
} as unknown as Snapshot;

function match(
  target: string,
  { headers = {}, listener, method = "POST" }: { headers?: object; listener?: number; method?: string } = {},
) {
  const all = { host: "gateway.example:4000", ...headers };
  return matchRequest(snapshot, method, new URL(target, "http://gateway"), all, listener);
}

test("a route that forwards is one, whatever its path looks like", () => {
  expect(match("/http/v1/chat/completions")).toEqual({
    endpoint: { dialect: "openai", operation: "http", model: "", stream: false, streamFraming: "sse" },
    route: "http",
    routed: { route: snapshot.routes[0], matchedPath: "/http" },
  });
});

test("a route to a model is a chat in its dialect; the body says the model where the route does not", () => {
  expect(match("/fixed/x")?.endpoint).toEqual({
    dialect: "openai",
    operation: "chat",
    model: "gpt-4",
    streamFraming: "sse",
  });
  expect(match("/open")?.endpoint).toEqual({ dialect: "anthropic", operation: "chat", streamFraming: "sse" });
});

test.each([
  ["/gemini:generateContent", undefined, undefined],
  ["/gemini/x:generateContent", false, "sse"],
  ["/gemini/x:streamGenerateContent", true, "json-array"],
  ["/gemini/x:streamGenerateContent?alt=sse", true, "sse"],
])("in Gemini's dialect %s streams: %s, framed as %s", (target, stream, streamFraming) => {
  const endpoint = match(target)?.endpoint;
  expect(endpoint?.stream).toBe(stream);
  expect(endpoint?.streamFraming).toBe(streamFraming);
});

test.each([
  ["api.example", "hosted"],
  ["API.Example:8443", "hosted"],
  ["other.example", undefined],
  [undefined, undefined],
])("the host %s is matched without its port and in any letter case", (host, name) => {
  expect(match("/hosted", { headers: { host } })?.route).toBe(name);
});

test("a header that came several times is one value", () => {
  expect(match("/x", { headers: { "x-tier": ["gold", "silver"] } })?.route).toBe("gold");
});

test("what no route is for is an endpoint of the gateway, or nothing", () => {
  expect(match("/v1/chat/completions")).toEqual({
    endpoint: { dialect: "openai", operation: "chat", streamFraming: "sse" },
    route: "/v1/chat/completions",
  });
  const models = match("/v1/models", { method: "GET", headers: { "anthropic-version": "2023-06-01" } });
  expect(models?.endpoint.dialect).toBe("anthropic");
  expect(match("/nothing")).toBeUndefined();
});

test("a listener serves its routes and nothing else", () => {
  expect(match("/listened", { listener: 80 })?.route).toBe("listened");
  expect(match("/listened")).toBeUndefined();
  expect(match("/http", { listener: 80 })).toBeUndefined();
  expect(match("/v1/chat/completions", { listener: 80 })).toBeUndefined();
});
