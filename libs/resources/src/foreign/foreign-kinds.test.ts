import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { formatProblem } from "../configuration-problem.ts";
import { readResources } from "../read-resources.ts";

/** The resources of a file of the walk-through in Sluice's own form, without what is the same in each. */
async function translated(name: string): Promise<object[]> {
  const text = await readFile(new URL(`../../../../examples/walk-through/${name}`, import.meta.url), "utf8");
  const { resources, problems } = readResources([{ text, name }]);
  expect(problems.map(formatProblem)).toEqual([]);
  for (const { plain } of resources) expect(plain.apiVersion).toBe("sluice.dev/v1");
  return resources.map(({ plain: { kind, metadata, spec } }) => ({ kind, metadata, spec }));
}

function named(name: string, labels: Record<string, string> = {}, namespace = "default"): object {
  return { name, namespace, labels };
}

function directTable(path: string): object {
  return {
    kind: "RouteTable",
    metadata: named("direct-to-openai-routetable"),
    spec: {
      authentication: "optional",
      hosts: ["*"],
      routes: [
        {
          name: "catch-all",
          labels: { route: "openai" },
          match: [{ path: { prefix: "/openai" } }],
          rewrite: { path, host: "api.openai.com" },
          destination: { externalService: { name: "openai-api", namespace: "default", port: 443 } },
        },
      ],
    },
  };
}

test("01: an external service and a route to it", async () => {
  expect(await translated("01-external-service.yaml")).toEqual([
    {
      kind: "ExternalService",
      metadata: named("openai-api"),
      spec: { hosts: ["api.openai.com"], ports: [{ name: "https", number: 443, protocol: "HTTPS" }] },
    },
    directTable("/v1/chat/completions"),
  ]);
});

test("02: the same route, rewritten to the root", async () => {
  expect(await translated("02-rewrite-to-root.yaml")).toEqual([directTable("/")]);
});

const applyTo = { routes: [{ labels: { route: "openai" } }] };

test("03: a Secret and a policy that asks for its key; the server of the mesh is nothing here", async () => {
  expect(await translated("03-api-key.yaml")).toEqual([
    {
      kind: "Secret",
      metadata: named("gw-api-key", { "api-key": "api-gateway" }),
      spec: { type: "extauth.solo.io/apikey", data: { "api-key": "bXlzZWNyZXRrZXk=" } },
    },
    {
      kind: "AuthPolicy",
      metadata: named("gateway-apikey"),
      spec: { applyTo, apiKey: { header: "api-key", secrets: { labels: { "api-key": "api-gateway" } } } },
    },
  ]);
});

test("04: a header for the destination from another entry of the Secret", async () => {
  expect(await translated("04-provider-key-in-secret.yaml")).toEqual([
    {
      kind: "Secret",
      metadata: named("gw-api-key", { "api-key": "api-gateway" }),
      spec: {
        type: "extauth.solo.io/apikey",
        data: { "api-key": "bXlzZWNyZXRrZXk=", "openai-api-key": "c2stcHJvdmlkZXItc2VjcmV0" },
      },
    },
    {
      kind: "AuthPolicy",
      metadata: named("gateway-apikey"),
      spec: {
        applyTo,
        apiKey: {
          header: "api-key",
          secrets: { labels: { "api-key": "api-gateway" } },
          upstreamHeaders: { "x-api-key": "openai-api-key" },
        },
      },
    },
  ]);
});

function transformation(spec: object): object {
  return {
    kind: "TransformationPolicy",
    metadata: named("openai-transformations"),
    spec: { applyTo, ...spec },
  };
}

test("05: a header by a template, with what it takes from another header", async () => {
  expect(await translated("05-authorization-header.yaml")).toEqual([
    transformation({
      request: {
        headers: { Authorization: "Bearer {{ openai_api_key }}" },
        extractors: { openai_api_key: { header: "x-api-key", regex: ".*" } },
      },
    }),
  ]);
});

const chatTemplate = `{
  "model": "gpt-3.5-turbo",
  "messages": [
    {
      "role": "system",
      "content": "You will always respond in JSON that includes the product and pitch attribute."
    },
    {
      "role": "user",
      "content": "{{ prompt }}"
    }
  ]
}
`;

test("06: a body that begins as a JSON object is a JSON template", async () => {
  expect(await translated("06-prompt-to-chat.yaml")).toEqual([
    transformation({ request: { body: { template: chatTemplate, format: "json" } } }),
  ]);
});

test("07: a body that begins with an output is a text template", async () => {
  expect(await translated("07-content-only.yaml")).toEqual([
    transformation({
      request: { body: { template: chatTemplate, format: "json" } },
      response: { body: { template: "{{ choices.0.message.content }}\n", format: "text" } },
    }),
  ]);
});

function inSystem(name: string, labels: Record<string, string> = {}): object {
  return named(name, labels, "gloo-system");
}

const redaction = {
  pattern: "personal_id:[0-9]{9}",
  name: "dlp_0",
  action: "mask",
  replacement: "[REDACTED]",
};
const noInjection = { detector: "prompt_injection", action: "block" };
const tokenLimit = { tokens: 5000, interval: "60s" };

test("08: backends, a gateway with its delegated table, and policies by name", async () => {
  expect(await translated("08-ai-gateway.yaml")).toEqual([
    {
      kind: "AIBackend",
      metadata: inSystem("openai-gpt4"),
      spec: {
        provider: "openai",
        model: "gpt-4",
        url: "https://api.openai.com/v1/chat/completions",
        credentials: { secret: { name: "openai-api-key" } },
      },
    },
    {
      kind: "AIBackend",
      metadata: inSystem("huggingface-sentiment"),
      spec: {
        provider: "huggingface",
        model: "distilbert-base-uncased-finetuned-sst-2-english",
        url: "https://api-inference.huggingface.co/models/distilbert-base-uncased-finetuned-sst-2-english",
        credentials: { secret: { name: "huggingface-api-key" } },
      },
    },
    {
      kind: "VirtualGateway",
      metadata: inSystem("ai-gateway"),
      spec: {
        listeners: [
          {
            port: 80,
            protocol: "HTTP",
            routes: [{ path: { prefix: "/ai/" }, labels: { app: "ai-api-routes" } }],
          },
        ],
      },
    },
    {
      kind: "RouteTable",
      metadata: inSystem("ai-api-routes", { app: "ai-api-routes" }),
      spec: {
        authentication: "optional",
        routes: [
          {
            match: [{ path: { prefix: "/ai/llm/chat" } }],
            destination: { aiBackend: { name: "openai-gpt4" } },
            policies: { ai: [{ name: "llm-security-policy" }, { name: "cost-control-policy" }] },
          },
          {
            match: [{ path: { prefix: "/ai/sentiment" } }],
            destination: { aiBackend: { name: "huggingface-sentiment" } },
            policies: { ai: [{ name: "basic-api-security" }] },
          },
        ],
      },
    },
    {
      kind: "AIPolicy",
      metadata: inSystem("llm-security-policy"),
      spec: { prompt: [redaction, noInjection], reply: [redaction] },
    },
    {
      kind: "AIPolicy",
      metadata: inSystem("cost-control-policy"),
      spec: { limits: [tokenLimit], caching: { ttl: "5m" } },
    },
  ]);
});

test("09: a limit of costs beside one of tokens", async () => {
  expect(await translated("09-cost-limit.yaml")).toEqual([
    {
      kind: "AIPolicy",
      metadata: inSystem("cost-control-policy"),
      spec: { limits: [tokenLimit, { usd: "USD 10.00", interval: "24h" }], caching: { ttl: "5m" } },
    },
  ]);
});

test("10: Secrets with plain entries, and a policy with a judge alone", async () => {
  expect(await translated("10-what-the-documents-leave-out.yaml")).toEqual([
    {
      kind: "Secret",
      metadata: inSystem("openai-api-key"),
      spec: { type: "Opaque", stringData: { "api-key": "sk-provider-secret" } },
    },
    {
      kind: "Secret",
      metadata: inSystem("huggingface-api-key"),
      spec: { type: "Opaque", stringData: { "api-key": "hf-provider-secret" } },
    },
    { kind: "AIPolicy", metadata: inSystem("basic-api-security"), spec: { prompt: [noInjection] } },
  ]);
});

/** What becomes of the `spec` of a foreign resource. */
function specOf(apiVersion: string, kind: string, spec: object): unknown {
  const text = JSON.stringify({ apiVersion, kind, metadata: { name: "x" }, spec });
  const { resources, problems } = readResources([{ text, name: "x.yaml" }]);
  expect(problems.map(formatProblem)).toEqual([]);
  return resources[0]?.plain.spec;
}

test("matchers are translated with their methods and headers", () => {
  const spec = {
    http: [
      {
        matchers: [
          { uri: { exact: "/a" }, method: "POST" },
          {
            uri: { regex: "/b/.*" },
            headers: [
              { name: "x-any" },
              { name: "x-tier", value: "gold" },
              { name: "x-team", value: "a.*", regex: true },
            ],
          },
        ],
        forwardTo: { destinations: [{ kind: "EXTERNAL_SERVICE", ref: { name: "s", cluster: "c" } }] },
      },
    ],
  };
  expect(specOf("networking.gloo.solo.io/v2", "RouteTable", spec)).toEqual({
    authentication: "optional",
    routes: [
      {
        match: [
          { path: { exact: "/a" }, methods: ["POST"] },
          {
            path: { regex: "/b/.*" },
            headers: [
              { name: "x-any", present: true },
              { name: "x-tier", exact: "gold" },
              { name: "x-team", regex: "a.*" },
            ],
          },
        ],
        destination: { externalService: { name: "s" } },
      },
    ],
  });
});

test("each action of data loss prevention, a judge that only detects, each limit, and caching that is off", () => {
  const rule = (pattern: string, action: string) => ({ rule: { pattern, action } });
  const spec = {
    dlp: [rule("a", "BLOCK"), rule("b", "AUDIT")],
    promptProtection: { mode: "DETECT" },
    rateLimit: { requestLimits: [{ requests: 5, interval: "1s" }] },
    caching: { enabled: false, ttl: "1m" },
  };
  const rules = [
    { pattern: "a", name: "dlp_0", action: "block" },
    { pattern: "b", name: "dlp_1", action: "audit" },
  ];
  expect(specOf("ai.solo.io/v2", "AIPolicy", spec)).toEqual({
    prompt: [...rules, { detector: "prompt_injection", action: "audit" }],
    reply: rules,
    limits: [{ requests: 5, interval: "1s" }],
  });
});

test("several paths of a gateway are a delegation each, and no path delegates everything", () => {
  const selector = { labels: { app: "a" } };
  const spec = {
    listeners: [
      {
        port: 8080,
        routes: [
          { match: [{ prefix: "/a" }, { exact: "/b" }], delegate: { selector } },
          { delegate: { selector } },
        ],
      },
    ],
  };
  expect(specOf("gateway.solo.io/v2", "VirtualGateway", spec)).toEqual({
    listeners: [
      {
        port: 8080,
        routes: [
          { path: { prefix: "/a" }, labels: { app: "a" } },
          { path: { exact: "/b" }, labels: { app: "a" } },
          { labels: { app: "a" } },
        ],
      },
    ],
  });
});

test("the group that an extractor takes keeps its number, and templates that begin with a tag are texts", () => {
  const extractors = { id: { header: "x-id", regex: "a(b)", subgroup: 1 } };
  const text = "{% if a %}x{% endif %}";
  expect(
    specOf("trafficcontrol.policy.gloo.solo.io/v2", "TransformationPolicy", {
      config: { request: { injaTemplate: { extractors, body: { text } } } },
    }),
  ).toEqual({
    request: {
      extractors: { id: { header: "x-id", regex: "a(b)", group: 1 } },
      body: { template: text, format: "text" },
    },
  });
});
