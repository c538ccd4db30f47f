import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compileSnapshot } from "./compile-snapshot.ts";
import { parseConfiguration, readConfigurationFile } from "./read-configuration.ts";
import { snapshotSchema } from "./snapshot.ts";

const repositoryFile = fileURLToPath(new URL("../../../sluice.yaml", import.meta.url));

test("everything that is left out is filled in", () => {
  const configuration = parseConfiguration(
    "backends: {b: {provider: anthropic}}\nmodels: [{name: claude-x, backend: b}]",
    "sluice.yaml",
  );
  expect(compileSnapshot(configuration, "/etc/sluice")).toEqual({
    gateway: {
      maxBodyBytes: 33_554_432,
      maxOpenRequests: 2_000,
      maxJsonDepth: 128,
      requestTimeoutMs: 600_000,
      uploadTimeoutMs: 30_000,
    },
    backends: {
      b: {
        provider: "anthropic",
        baseUrl: { env: "ANTHROPIC_BASE_URL", fallback: "https://api.anthropic.com" },
        apiKey: { env: "ANTHROPIC_API_KEY" },
        breaker: { failures: 5, failureRatio: 0.5, openMs: 5_000, maxOpenMs: 120_000 },
        timeouts: { connectMs: 5_000, firstTokenMs: 300_000, idleMs: 120_000, totalMs: 600_000 },
        retries: { attempts: 3, baseDelayMs: 250, maxDelayMs: 8_000 },
      },
    },
    models: [{ name: "claude-x", backend: "b", listed: ["claude-x"], guardPolicies: [], lostCall: "fail" }],
    guardPolicies: {},
    ledger: { unrecordedCalls: "refuse" },
    prices: [],
  });
});

test("what is written goes before what is usual, in the units of the snapshot", () => {
  const configuration = parseConfiguration(
    `
gateway: { maxBody: 1MiB, requestTimeout: 90s }
backends:
  b:
    provider: openai
    baseUrl: https://llm.example/v1
    apiKey: { file: secrets/llm }
    timeouts: { firstToken: 500ms }
    retries: { attempts: 1 }
    breaker: { failureRatio: 0.2, openFor: 30s }
    region: eu
    healthCheck: { path: /health, timeout: 1s }
models: [{ name: "m-*", backend: b, listed: [m-1], providerModel: "*" }]
prices: [{ model: m-1, from: 2026-01-31, usdPerMillionTokens: { input: 2.50, output: "10" } }]
`,
    "sluice.yaml",
  );
  const content = compileSnapshot(configuration, "/etc/sluice");
  expect(content.gateway).toMatchObject({ maxBodyBytes: 1_048_576, requestTimeoutMs: 90_000 });
  expect(content.backends.b).toMatchObject({
    baseUrl: "https://llm.example/v1",
    apiKey: { file: "/etc/sluice/secrets/llm" },
    timeouts: { connectMs: 5_000, firstTokenMs: 500 },
    retries: { attempts: 1 },
    breaker: { failures: 5, failureRatio: 0.2, openMs: 30_000, maxOpenMs: 120_000 },
    region: "eu",
    healthCheck: { path: "/health", intervalMs: 10_000, timeoutMs: 1_000, failures: 3 },
  });
  expect(content.models).toEqual([
    { name: "m-*", backend: "b", providerModel: "*", listed: ["m-1"], guardPolicies: [], lostCall: "fail" },
  ]);
  expect(content.prices).toEqual([
    { model: "m-1", from: "2026-01-31", usdPerMillionTokens: { input: "2.5", output: "10" } },
  ]);
});

test("a model says for itself whether its lost calls are repeated, else the defaults say so", () => {
  const configuration = parseConfiguration(
    `
backends: { b: { provider: openai } }
models: [{ name: cheap-*, backend: b }, { name: dear-*, backend: b, lostCall: fail }]
defaults: { lostCall: repeat }
ledger: { unrecordedCalls: allow }
`,
    "sluice.yaml",
  );
  const content = compileSnapshot(configuration, "/");
  expect(content.models.map(({ lostCall }) => lostCall)).toEqual(["repeat", "fail"]);
  expect(content.ledger).toEqual({ unrecordedCalls: "allow" });
});

/** What a configuration file says nothing of. */
const withoutResources = {
  listeners: [],
  routes: [],
  upstreams: {},
  apiKeyPolicies: {},
  transformations: {},
  accessPolicies: {},
  consumers: {},
  promptTemplates: {},
  workflows: {},
};

test("a snapshot of the release before is read, and what it does not say is as it was then", () => {
  const configuration = parseConfiguration(
    "backends: {b: {provider: openai}}\nmodels: [{name: m, backend: b}]",
    "sluice.yaml",
  );
  const { ledger, models, ...content } = compileSnapshot(configuration, "/");
  const before = models.map(({ lostCall, ...model }) => model);
  const snapshot = { revision: 1, appliedAtMs: 0, ...content };
  expect(snapshotSchema.parse({ ...snapshot, models: before })).toEqual({
    ...snapshot,
    models,
    ledger,
    ...withoutResources,
  });
});

test("the configuration of the repository compiles to a snapshot that services can read", async () => {
  const { content } = await readConfigurationFile(repositoryFile);
  const snapshot = { revision: 1, appliedAtMs: 0, ...content };
  const read = snapshotSchema.parse(JSON.parse(JSON.stringify(snapshot)));
  expect(read).toEqual({ ...snapshot, ...withoutResources });
});
