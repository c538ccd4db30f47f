import { createFingerprintKey, createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { expect, test } from "vitest";
import { compileContent } from "./compile-content.ts";
import { formatProblem } from "./configuration-problem.ts";
import { readResources } from "./read-resources.ts";
import { sealSecrets } from "./seal-secrets.ts";
import { snapshotContentSchema } from "./snapshot.ts";

const keys = { publicKey: publicSealingKey(createSealingKey()), fingerprintKey: createFingerprintKey() };

function resource(kind: string, name: string, spec: string): string {
  return `{ apiVersion: sluice.dev/v1, kind: ${kind}, metadata: ${name.startsWith("{") ? name : `{ name: ${name} }`}, spec: ${spec} }`;
}

/** What becomes of resources, each in a line of its own. */
async function compiled(...lines: string[]) {
  const read = readResources([{ text: lines.join("\n---\n"), name: "r.yaml" }]);
  expect(read.problems.map(formatProblem)).toEqual([]);
  const sealed = await sealSecrets(read.resources, { keys, before: () => undefined });
  const { content, warnings, problems } = compileContent(undefined, sealed.resources);
  return { content, warnings: warnings.map(formatProblem), problems: problems.map(formatProblem) };
}

const trust = "issuer: 'https://i.example', audiences: [a]";
const oidc = `oidc: { ${trust} }`;
const secret = resource("Secret", "{ name: s, labels: { use: key } }", "{ stringData: { api-key: k } }");
const service = resource(
  "ExternalService",
  "svc",
  "{ hosts: [svc.example], ports: [{ number: 80, protocol: HTTP }] }",
);
const routes = resource(
  "RouteTable",
  "t",
  "{ routes: [{ name: r, labels: { l: x }, destination: { externalService: { name: svc } } }] }",
);
const covers = "applyTo: { routes: [{ labels: { l: x } }] }";
const privateKey =
  "{ kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo, d: nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A }";

test.each<[kind: string, spec: string, problem: string]>([
  ["AuthPolicy", "{ oidc: [] }", "spec.oidc: must have at least 1 entry"],
  ["AuthPolicy", "{ oidc: https://i.example }", "spec.oidc: must be a map of keys and values, not a text"],
  [
    "AuthPolicy",
    `{ oidc: [{ ${trust} }, { issuer: 'https://j.example' }] }`,
    "spec.oidc[1]: name audiences, or requiredClaims: without them a token that the issuer made for any other service would do",
  ],
  [
    "AuthPolicy",
    `{ oidc: [{ ${trust}, audience: b }] }`,
    'spec.oidc[0].audience: there is no such key; did you mean "audiences"?',
  ],
  [
    "AuthPolicy",
    `{ oidc: [{ ${trust} }, { issuer: 'https://j.example', audiences: [a] }, { ${trust} }] }`,
    "spec.oidc[2].issuer: is the issuer of oidc[0] as well; say once how its tokens are checked",
  ],
  [
    "AuthPolicy",
    `{ oidc: { ${trust} }, jwt: [{ issuer: j, jwksUri: 'https://j.example', audiences: [a] }, { ${trust}, jwksUri: 'https://i.example' }] }`,
    "spec.oidc.issuer: is the issuer of jwt[1] as well; say once how its tokens are checked",
  ],
  [
    "AuthPolicy",
    `{ ${oidc}, authorization: {} }`,
    "spec.authorization: there is no rule, so it would do nothing",
  ],
  [
    "AuthPolicy",
    `{ ${oidc}, jwt: { ${trust}, jwksUri: 'https://i.example/k' } }`,
    "spec.oidc.issuer: is the issuer of jwt as well; say once how its tokens are checked",
  ],
  [
    "AuthPolicy",
    "{ oidc: { issuer: 'https://i.example' } }",
    "spec.oidc: name audiences, or requiredClaims: without them a token that the issuer made for any other service would do",
  ],
  [
    "AuthPolicy",
    "{ oidc: { issuer: i.example, audiences: [a] } }",
    "spec.oidc.issuer: must be a URL that begins with http:// or https://",
  ],
  [
    "AuthPolicy",
    "{ oidc: { issuer: 'https://i.example?a=b', audiences: [a] } }",
    "spec.oidc.issuer: must be the issuer's URL, without a query or a fragment",
  ],
  [
    "AuthPolicy",
    `{ oidc: { ${trust}, scheme: Token } }`,
    "spec.oidc.scheme: belongs to header, which is missing: name the header too",
  ],
  [
    "AuthPolicy",
    `{ oidc: { ${trust}, algorithms: [HS256] } }`,
    'spec.oidc.algorithms[0]: must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519; did you mean "RS256"?',
  ],
  [
    "AuthPolicy",
    `{ oidc: { ${trust}, algorithms: [none] } }`,
    "spec.oidc.algorithms[0]: must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519",
  ],
  [
    "AuthPolicy",
    `{ oidc: { ${trust}, audience: b } }`,
    'spec.oidc.audience: there is no such key; did you mean "audiences"?',
  ],
  [
    "AuthPolicy",
    `{ oidc: { ${trust}, requiredClaims: { a: b } } }`,
    "spec.oidc.requiredClaims.a: must be a list, not a text",
  ],
  ["AuthPolicy", `{ jwt: { ${trust} } }`, "spec.jwt: either jwksUri or jwks, one of them"],
  [
    "AuthPolicy",
    `{ jwt: { ${trust}, jwks: { keys: [{ kty: RSA }] } } }`,
    "spec.jwt.jwks.keys[0]: it is no public key that can be read",
  ],
  [
    "AuthPolicy",
    `{ jwt: { ${trust}, jwks: { keys: [${privateKey}] } } }`,
    "spec.jwt.jwks.keys[0]: it is not a public key; a secret one has no place in the configuration",
  ],
  [
    "AuthPolicy",
    `{ jwt: { ${trust}, jwks: { keys: [{ kty: oct, k: abc }] } } }`,
    "spec.jwt.jwks.keys[0]: it is not a public key; a secret one has no place in the configuration",
  ],
  [
    "AuthPolicy",
    "{ introspection: { url: 'https://a.example', clientId: c, clientSecret: { env: A, file: /b } } }",
    "spec.introspection.clientSecret: either env or file, one of them",
  ],
  [
    "AuthPolicy",
    "{ introspection: { url: 'https://a.example', clientId: c, clientSecret: { env: SLUICE_API_KEY_DIGEST_KEY } } }",
    "spec.introspection.clientSecret.env: must be another variable: this one is Sluice's own",
  ],
  [
    "AuthPolicy",
    "{ introspection: { url: 'https://a.example', clientId: c, clientSecret: { env: A, secret: { name: s } } } }",
    "spec.introspection.clientSecret.secret: there is no such key",
  ],
  [
    "AuthPolicy",
    `{ ${oidc}, authorization: { allow: ["identity.teem == 'x'"] } }`,
    'spec.authorization.allow[0]: the rule is refused: no such key: teem at character 10; did you mean "team"?',
  ],
  [
    "AuthPolicy",
    `{ ${oidc}, authorization: { deny: ["true"], denyy: [a] } }`,
    'spec.authorization.denyy: there is no such key; did you mean "deny"?',
  ],
  [
    "AuthPolicy",
    `{ ${oidc}, applyTo: { gatway: true } }`,
    'spec.applyTo.gatway: there is no such key; did you mean "gateway"?',
  ],
  ["Consumer", "{ teem: a }", 'spec.teem: there is no such key; did you mean "team"?'],
  ["Consumer", "{ tokens: [{ issuer: i }] }", "spec.tokens[0]: name a subject or claims"],
  ["Consumer", "{ apiKeys: { labels: {} } }", "spec.apiKeys.labels: name at least one label"],
  [
    "Consumer",
    "{ virtualKeys: [sk-sluice-x] }",
    "spec.virtualKeys[0]: must be an id of a virtual key, key_…",
  ],
  [
    "Consumer",
    "{ limits: [{ interval: 1m }] }",
    "spec.limits[0]: either requests, tokens, inputTokens, outputTokens, usd, complexity or concurrent, one of them",
  ],
  [
    "Consumer",
    "{ models: ['a*b'] }",
    "spec.models[0]: must be a name without blanks, with at most one * and that at its end",
  ],
])("the %s %s has a problem", (kind, spec, problem) => {
  const { problems } = readResources([{ text: resource(kind, "x", spec), name: "r.yaml" }]);
  expect(problems.map((found) => formatProblem(found).replace(/^r\.yaml:1:\d+: /, ""))).toEqual([problem]);
});

test.each<[what: string, lines: string[], problem: string]>([
  [
    "two policies for the gateway's own endpoints",
    [
      resource("AuthPolicy", "a", `{ applyTo: { gateway: true }, ${oidc} }`),
      resource("AuthPolicy", "b", `{ applyTo: { gateway: true }, ${oidc} }`),
    ],
    "AuthPolicy b: AuthPolicy a covers the gateway's own endpoints; only one can",
  ],
  [
    "a Secret of two consumers",
    [
      secret,
      resource("Consumer", "a", "{ apiKeys: { labels: { use: key } } }"),
      resource("Consumer", "b", "{ apiKeys: { labels: { use: key } } }"),
    ],
    "Consumer b: the Secret s is the Consumer a's already; it can be one's only",
  ],
  [
    "a rule about a header that holds a token",
    [
      resource(
        "AuthPolicy",
        "a",
        `{ applyTo: { gateway: true }, oidc: { ${trust}, header: x-token }, authorization: { deny: ["request.headers['x-token'] == 'a'"] } }`,
      ),
    ],
    "AuthPolicy a: a rule speaks of the header x-token, which holds a key or a token here",
  ],
])("%s is a problem", async (_what, lines, problem) => {
  const { problems } = await compiled(...lines);
  expect(problems.map((found) => found.replace(/^[^ ]+ /, ""))).toEqual([problem]);
});

test.each<[what: string, lines: string[], warning: string]>([
  [
    "a policy that covers nothing",
    [resource("AuthPolicy", "a", `{ ${oidc} }`)],
    "AuthPolicy a: it covers no route, so it does nothing",
  ],
  [
    "keys that come in the open",
    [
      resource(
        "AuthPolicy",
        "a",
        "{ applyTo: { gateway: true }, oidc: { issuer: 'http://i.example', audiences: [a] } }",
      ),
    ],
    "AuthPolicy a: what comes from there is not encrypted, so whoever is in between can let anybody in",
  ],
  [
    "a consumer without Secrets",
    [resource("Consumer", "a", "{ apiKeys: { labels: { use: key } } }")],
    "Consumer a: no Secret of its namespace has the labels that it asks for",
  ],
  [
    "headers for a destination that is none",
    [
      secret,
      resource(
        "AuthPolicy",
        "a",
        "{ applyTo: { gateway: true }, apiKey: { header: k, secrets: { labels: { use: key } }, upstreamHeaders: { x: api-key } } }",
      ),
    ],
    "AuthPolicy a: upstreamHeaders are for forwarded routes; the gateway's own endpoints add none",
  ],
])("%s is a warning", async (_what, lines, warning) => {
  const { warnings, problems } = await compiled(...lines);
  expect(problems).toEqual([]);
  expect(warnings.map((found) => found.replace(/^[^ ]+ /, ""))).toEqual([warning]);
});

test("several issuers of a policy are told apart by their names, each with rules of its own", async () => {
  const policy = resource(
    "AuthPolicy",
    "a",
    "{ applyTo: { gateway: true }, jwt: [{ issuer: old, jwksUri: 'https://old.example/keys', audiences: [a], header: x-old }], oidc: [{ issuer: 'https://one.example', audiences: [b] }, { issuer: 'https://two.example', requiredClaims: { c: [d] }, header: x-two, scheme: Token }] }",
  );
  const { content, warnings, problems } = await compiled(policy);
  expect([warnings, problems]).toEqual([[], []]);
  expect(content.accessPolicies.a).toMatchObject({
    places: [{ header: "x-old" }, { header: "x-two", scheme: "Token" }],
    usualPlaces: true,
    issuers: [
      { issuer: "old", keys: { type: "url", url: "https://old.example/keys" }, audiences: ["a"] },
      { issuer: "https://one.example", keys: { type: "discovery" }, audiences: ["b"] },
      { issuer: "https://two.example", audiences: [], requiredClaims: { c: ["d"] } },
    ],
  });
  snapshotContentSchema.parse(content);
});

test("of a list of issuers each that comes in the open is warned of", async () => {
  const policy = resource(
    "AuthPolicy",
    "a",
    "{ applyTo: { gateway: true }, oidc: [{ issuer: 'https://i.example', audiences: [a] }, { issuer: 'http://j.example', audiences: [a] }] }",
  );
  const { warnings } = await compiled(policy);
  expect(warnings).toEqual([
    "r.yaml:1:173: AuthPolicy a: what comes from there is not encrypted, so whoever is in between can let anybody in",
  ]);
});

test("on the same machine keys may come in the open", async () => {
  const policy = resource(
    "AuthPolicy",
    "a",
    "{ applyTo: { gateway: true }, oidc: { issuer: 'http://127.0.0.1:1', audiences: [a] } }",
  );
  expect((await compiled(policy)).warnings).toEqual([]);
});

test("a policy with one sort of keys is as before, also where it covers the gateway too", async () => {
  const { content } = await compiled(
    routes,
    service,
    resource(
      "AuthPolicy",
      "p",
      "{ applyTo: { gateway: true, routes: [{ labels: { l: x } }] }, anonymous: {} }",
    ),
  );
  expect(content.routes[0]?.auth).toEqual({ type: "virtual_key", required: false });
  expect(content.gatewayAccess).toBe("p");
  expect(content.accessPolicies.p).toEqual({
    places: [],
    usualPlaces: true,
    virtualKeys: true,
    apiKeys: false,
    issuers: [],
    anonymous: true,
  });
});

test("a policy with several ways says where each is looked for, and what it asks", async () => {
  const spec = `{ ${covers}, apiKey: { header: X-Key, secrets: { labels: { use: key } } },
    jwt: { issuer: i, audiences: [a], jwksUri: 'https://i.example/k', header: X-Token, scheme: Token, clockTolerance: 1m, requiredClaims: { admin: [true, 1] } },
    introspection: { url: 'https://a.example/i', clientId: c, clientSecret: { env: S }, header: x-token, scheme: Token, cacheTtl: 0s, forward: true },
    authorization: { deny: ["request.headers['x-env'] == 'test'"] } }`;
  const { content, warnings, problems } = await compiled(
    secret,
    service,
    routes,
    resource("AuthPolicy", "p", spec),
  );
  expect([...warnings, ...problems]).toEqual([]);
  expect(content.routes[0]?.auth).toEqual({ type: "policy", policy: "p" });
  expect(content.accessPolicies.p).toMatchObject({
    places: [{ header: "x-key" }, { header: "x-token", scheme: "Token" }],
    usualPlaces: false,
    apiKeys: true,
    virtualKeys: false,
    issuers: [
      {
        issuer: "i",
        keys: { type: "url" },
        clockToleranceMs: 60_000,
        requiredClaims: { admin: ["true", "1"] },
      },
    ],
    introspection: { cacheTtlMs: 0, timeoutMs: 5_000, forward: true },
    authorization: { deny: ["request.headers['x-env'] == 'test'"], allow: [], headers: ["x-env"] },
  });
  expect(content.apiKeyPolicies.p?.keys).toMatchObject([{ secret: "s" }]);
  expect(snapshotContentSchema.parse(JSON.parse(JSON.stringify(content)))).toEqual(content);
});

test("consumers stand in the order of their names, with what is theirs", async () => {
  const { content } = await compiled(
    resource(
      "Consumer",
      "b",
      "{ team: t, apiKeys: { labels: { use: key } }, limits: [{ requests: 5, interval: 1m }, { usd: '1.5', interval: 1d }] }",
    ),
    resource("Consumer", "a", "{ tokens: [{ subject: s, claims: { admin: [true] } }], models: [gpt-*] }"),
    secret,
  );
  expect(Object.entries(content.consumers)).toEqual([
    [
      "a",
      {
        tags: [],
        virtualKeys: [],
        secrets: [],
        tokens: [{ subject: "s", claims: { admin: ["true"] } }],
        models: ["gpt-*"],
        limits: [],
      },
    ],
    [
      "b",
      {
        team: "t",
        tags: [],
        virtualKeys: [],
        secrets: ["s"],
        tokens: [],
        limits: [
          rolling("Consumer b/0", "requests", 5, 60_000),
          rolling("Consumer b/1", "cost_nano_usd", 1_500_000_000, 86_400_000),
        ],
      },
    ],
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
