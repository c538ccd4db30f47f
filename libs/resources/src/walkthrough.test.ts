import { readFile } from "node:fs/promises";
import { createFingerprintKey, createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { expect, test } from "vitest";
import { type CompiledContent, compileContent } from "./compile-content.ts";
import { formatProblem } from "./configuration-problem.ts";
import { findTarget } from "./find-target.ts";
import { readChange } from "./read-change.ts";
import { describeResource, type Resource } from "./resource.ts";
import { sealSecrets } from "./seal-secrets.ts";
import { type Snapshot, snapshotSchema } from "./snapshot.ts";

const keys = {
  publicKey: publicSealingKey(createSealingKey()),
  fingerprintKey: createFingerprintKey(),
};

interface Walked extends CompiledContent {
  snapshot: Snapshot;
}

/** What the mesh works by once these files were applied one after the other. */
async function walk(...names: string[]): Promise<Walked> {
  const resources = new Map<string, Resource>();
  for (const name of names) {
    const text = await readFile(new URL(`../../../examples/walk-through/${name}`, import.meta.url), "utf8");
    const read = readChange([{ text, name, directory: "/" }]);
    const sealed = await sealSecrets(read.resources, { keys, before: () => undefined });
    expect(sealed.problems).toEqual([]);
    for (const resource of sealed.resources) resources.set(describeResource(resource), resource);
  }
  const compiled = compileContent(undefined, [...resources.values()]);
  return {
    ...compiled,
    snapshot: snapshotSchema.parse({ revision: 1, appliedAtMs: 0, ...compiled.content }),
  };
}

const all = [
  "01-external-service.yaml",
  "02-rewrite-to-root.yaml",
  "03-api-key.yaml",
  "04-provider-key-in-secret.yaml",
  "05-authorization-header.yaml",
  "06-prompt-to-chat.yaml",
  "07-content-only.yaml",
  "08-ai-gateway.yaml",
  "10-what-the-documents-leave-out.yaml",
  "09-cost-limit.yaml",
];

test.each(all.map((name, index) => [name, all.slice(0, index + 1)] as const))(
  "with %s after those before it, the configuration can be taken",
  async (_name, names) => {
    const { problems } = await walk(...names);
    expect(problems.map(formatProblem)).toEqual([]);
  },
);

test("all of it has nothing to warn of", async () => {
  const { warnings } = await walk(...all);
  expect(warnings.map(formatProblem)).toEqual([]);
});

test("01 is a route to the external service, without a key of the gateway", async () => {
  const { snapshot, warnings } = await walk("01-external-service.yaml");
  expect(warnings).toEqual([]);
  expect(snapshot.upstreams["openai-api:443"]).toMatchObject({
    provider: "http",
    origin: "https://api.openai.com",
    retries: { attempts: 1 },
  });
  expect(snapshot.routes).toEqual([
    {
      name: "direct-to-openai-routetable/catch-all",
      hosts: ["*"],
      matches: [{ path: { type: "prefix", value: "/openai" }, methods: [], headers: [], query: [] }],
      auth: { type: "virtual_key", required: false },
      guardPolicies: [],
      limits: [],
      target: {
        type: "http",
        upstream: "openai-api:443",
        path: "/v1/chat/completions",
        host: "api.openai.com",
      },
    },
  ]);
});

test("04 and 05 ask for the key of the Secret, and give the destination the Secret's other entry", async () => {
  const { snapshot } = await walk(...all.slice(0, 5));
  expect(snapshot.routes[0]).toMatchObject({
    auth: { type: "api_key", policy: "gateway-apikey" },
    transformation: "openai-transformations",
    target: { path: "/" },
  });
  expect(snapshot.apiKeyPolicies["gateway-apikey"]).toEqual({
    header: "api-key",
    keys: [
      {
        digest: expect.stringMatching(/^[\w-]{43}$/),
        secret: "gw-api-key",
        upstreamHeaders: {
          "x-api-key": {
            sealed: expect.stringMatching(/^sealed:v1:/),
            name: "Secret gw-api-key openai-api-key",
          },
        },
      },
    ],
  });
  expect(snapshot.transformations["openai-transformations"]?.request).toEqual({
    headers: { authorization: "Bearer {{ openai_api_key }}" },
    removeHeaders: [],
    query: {},
    extractors: { openai_api_key: { header: "x-api-key", regex: ".*", group: 0 } },
  });
});

test("08 alone has three warnings, and both of its routes are closed", async () => {
  const { snapshot, warnings } = await walk("08-ai-gateway.yaml");
  expect(warnings.map(formatProblem)).toEqual([
    "08-ai-gateway.yaml:12:17: AIBackend gloo-system/openai-gpt4: there is no Secret gloo-system/openai-api-key",
    "08-ai-gateway.yaml:25:17: AIBackend gloo-system/huggingface-sentiment: there is no Secret gloo-system/huggingface-api-key",
    "08-ai-gateway.yaml:72:15: route gloo-system/ai-api-routes/1: there is no AIPolicy gloo-system/basic-api-security",
  ]);
  expect(snapshot.routes.map(({ name, unavailable }) => [name, unavailable])).toEqual([
    ["gloo-system/ai-api-routes/0", "there is no Secret gloo-system/openai-api-key"],
    [
      "gloo-system/ai-api-routes/1",
      "there is no AIPolicy gloo-system/basic-api-security; there is no Secret gloo-system/huggingface-api-key",
    ],
  ]);
  for (const { name } of snapshot.routes) {
    expect(() => findTarget(snapshot, { route: name, model: "m" })).toThrow(
      expect.objectContaining({ code: "service_unavailable" }),
    );
  }
});

test("08 with what the documents leave out is served on the gateway's port, under its policies", async () => {
  const { snapshot, warnings } = await walk("08-ai-gateway.yaml", "10-what-the-documents-leave-out.yaml");
  expect(warnings).toEqual([]);
  expect(snapshot.listeners).toEqual([{ port: 80, gateway: "gloo-system/ai-gateway" }]);
  const [chat, sentiment] = snapshot.routes;
  expect(chat).toMatchObject({
    listener: 80,
    guardPolicies: ["AIPolicy gloo-system/llm-security-policy"],
    limits: [rolling("gloo-system/cost-control-policy/0", "total_tokens", 5000, 60_000)],
    caching: { ttlMs: 300_000, scope: "team", allowTools: false },
    target: {
      type: "model",
      backend: "gloo-system/openai-gpt4",
      dialect: "openai",
      providerModel: "gpt-4",
    },
  });
  expect(snapshot.backends["gloo-system/openai-gpt4"]).toMatchObject({
    provider: "openai",
    baseUrl: "https://api.openai.com/v1",
    apiKey: { name: "Secret gloo-system/openai-api-key api-key" },
  });
  expect(sentiment).toMatchObject({
    listener: 80,
    guardPolicies: ["AIPolicy gloo-system/basic-api-security"],
    target: { type: "http", upstream: "gloo-system/huggingface-sentiment" },
  });
  expect(snapshot.upstreams["gloo-system/huggingface-sentiment"]).toMatchObject({
    provider: "huggingface",
    origin: "https://api-inference.huggingface.co",
    path: "/models/distilbert-base-uncased-finetuned-sst-2-english",
    model: "distilbert-base-uncased-finetuned-sst-2-english",
    credential: { header: "authorization", prefix: "Bearer " },
  });
});

test("09 limits what the chat costs, too", async () => {
  const { snapshot } = await walk(...all.slice(7));
  expect(snapshot.routes[0]?.limits).toEqual([
    rolling("gloo-system/cost-control-policy/0", "total_tokens", 5000, 60_000),
    rolling("gloo-system/cost-control-policy/1", "cost_nano_usd", 10_000_000_000, 86_400_000),
  ]);
});

/** A limit over a rolling window, of all together. */
function rolling(name: string, unit: string, limit: number, intervalMs: number) {
  return {
    name,
    unit,
    policy: { window: { kind: "rolling", limit, intervalMs } },
    per: [],
    failure: "closed",
  };
}
