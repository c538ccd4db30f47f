import { expect, test } from "vitest";
import { findRoute, routeNamed } from "./find-route.ts";
import { findTarget } from "./find-target.ts";
import { type Snapshot, snapshotSchema } from "./snapshot.ts";

const callLimits = {
  timeouts: { connectMs: 1, firstTokenMs: 1, idleMs: 1, totalMs: 1 },
  retries: { attempts: 1, baseDelayMs: 0, maxDelayMs: 0 },
};

function route(name: string, facts: object): object {
  return {
    name,
    hosts: ["*"],
    matches: [{ path: { type: "prefix", value: `/${name}` }, methods: [], headers: [], query: [] }],
    auth: { type: "virtual_key", required: true },
    guardPolicies: [],
    limits: [],
    target: { type: "http", upstream: "svc:80" },
    ...facts,
  };
}

const snapshot: Snapshot = snapshotSchema.parse({
  revision: 1,
  appliedAtMs: 0,
  gateway: {
    maxBodyBytes: 1,
    maxOpenRequests: 1,
    maxJsonDepth: 1,
    requestTimeoutMs: 1,
    uploadTimeoutMs: 1,
  },
  backends: {
    gpt: { provider: "openai", baseUrl: "https://llm.example", apiKey: { env: "K" }, ...callLimits },
  },
  models: [{ name: "gpt-*", backend: "gpt", listed: [], guardPolicies: [] }],
  guardPolicies: { strict: { prompt: [{ detector: "email", action: "block" }] } },
  prices: [],
  routes: [
    route("model", { target: { type: "model", backend: "gpt", dialect: "openai", providerModel: "gpt-4" } }),
    route("open-model", { target: { type: "model", backend: "gpt", dialect: "gemini" } }),
    route("http", { guardPolicies: ["strict"] }),
    route("hosted", { target: { type: "http", upstream: "hf" } }),
    route("closed", { unavailable: "there is no AIPolicy p", target: { type: "http", upstream: "" } }),
    route("http@80", {
      listener: 80,
      matches: [{ path: { type: "prefix", value: "/http" }, methods: [], headers: [], query: [] }],
    }),
  ],
  upstreams: {
    "svc:80": { provider: "http", origin: "http://svc.example", ...callLimits },
    hf: {
      provider: "huggingface",
      origin: "https://hf.example",
      path: "/m",
      model: "sentiment",
      ...callLimits,
    },
  },
});

function found(path: string, listener?: number, from = snapshot): string | undefined {
  const request = { method: "GET", host: "h", path, header: () => undefined, query: new URLSearchParams() };
  return findRoute(from, request, listener)?.route.name;
}

test("each listener has its own routes, and the gateway's own address has those of none", () => {
  expect(found("/http")).toBe("http");
  expect(found("/http", 80)).toBe("http@80");
  expect(found("/model", 80)).toBeUndefined();
  expect(found("/http", 81)).toBeUndefined();
  expect(found("/elsewhere")).toBeUndefined();
});

test("each snapshot is searched on its own", () => {
  expect(found("/http", undefined, { ...snapshot, routes: [] })).toBeUndefined();
  expect(routeNamed({ ...snapshot, routes: [] }, "http")).toBeUndefined();
  expect(routeNamed(snapshot, "http")).toBe(snapshot.routes[2]);
});

test("a route to a model asks for the model that the route names, else for the client's", () => {
  expect(findTarget(snapshot, { route: "model", model: "x" })).toEqual({
    type: "model",
    label: "model",
    backendName: "gpt",
    backend: snapshot.backends.gpt,
    providerModel: "gpt-4",
    guardPolicies: [],
    lostCall: "fail",
    route: snapshot.routes[0],
  });
  expect(findTarget(snapshot, { route: "open-model", model: "x" })?.providerModel).toBe("x");
});

test("a route that forwards has its upstream, its policies and, where one is known, the model", () => {
  const target = findTarget(snapshot, { route: "http", model: "" });
  expect(target).toMatchObject({
    type: "http",
    backendName: "svc:80",
    upstream: snapshot.upstreams["svc:80"],
    providerModel: "",
    guardPolicies: [["strict", snapshot.guardPolicies.strict]],
  });
  expect(findTarget(snapshot, { route: "http", model: "" })?.guardPolicies).toBe(target?.guardPolicies);
  expect(findTarget(snapshot, { route: "hosted", model: "" })?.providerModel).toBe("sentiment");
});

test("without a route the model decides", () => {
  expect(findTarget(snapshot, { model: "gpt-5" })).toMatchObject({
    type: "model",
    label: "gpt-*",
    providerModel: "gpt-5",
  });
  expect(findTarget(snapshot, { model: "claude" })).toBeUndefined();
});

test("a closed route is not available, and says to the client nothing of what it lacks", () => {
  const ask = () => findTarget(snapshot, { route: "closed", model: "" });
  expect(ask).toThrow(
    expect.objectContaining({
      code: "service_unavailable",
      message: "The route closed is closed: it lacks what it refers to.",
      cause: new Error("there is no AIPolicy p"),
    }),
  );
});

test("a route that is gone is not found", () => {
  expect(() => findTarget(snapshot, { route: "gone", model: "" })).toThrow(
    expect.objectContaining({ code: "not_found" }),
  );
});
