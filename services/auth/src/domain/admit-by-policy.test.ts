import type { SluiceError } from "@sluice/contracts/sluice-error";
import type { AccessPolicy, Introspection, TokenIssuer } from "@sluice/resources/access-policy";
import type { HttpRoute } from "@sluice/resources/http-route";
import type { Snapshot } from "@sluice/resources/snapshot";
import {
  createVirtualKeyId,
  createVirtualKeySecret,
  hashVirtualKeySecret,
} from "@sluice/resources/virtual-key";
import { expect, test } from "vitest";
import type { Admission } from "./admission.ts";
import { admit } from "./admit.ts";
import { bearerErrors } from "./bearer-error.ts";
import { KeyRing } from "./key-ring.ts";

const issuerUrl = "https://issuer.example";
const jwtOf = (claims: object): string =>
  ["{}", JSON.stringify({ iss: issuerUrl, ...claims }), "s"]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");
const good = jwtOf({ sub: "ada", scope: "ai.use x", groups: ["a"] });
const forged = jwtOf({ sub: "eve" });

const virtualKey = createVirtualKeySecret();
const expiredKey = createVirtualKeySecret();
const keyRing = new KeyRing();
const facts = { name: "test", tags: [], createdAtMs: 0 };
const keyId = createVirtualKeyId();
keyRing.set({ ...facts, id: keyId, hash: hashVirtualKeySecret(virtualKey) });
keyRing.set({ ...facts, id: createVirtualKeyId(), hash: hashVirtualKeySecret(expiredKey), expiresAtMs: 1 });

const rules = {
  audiences: [],
  claims: { user: "sub" },
  requiredScopes: [],
  requiredClaims: {},
  forward: false,
};
const issuer: TokenIssuer = {
  issuer: issuerUrl,
  keys: { type: "discovery" },
  algorithms: ["ES256"],
  clockToleranceMs: 0,
  ...rules,
};
const introspection: Introspection = {
  url: "https://as.example/introspect",
  clientId: "c",
  clientSecret: { env: "S" },
  clientAuthentication: "basic",
  cacheTtlMs: 0,
  timeoutMs: 1,
  ...rules,
  audiences: ["sluice"],
};
const none: AccessPolicy = {
  places: [],
  usualPlaces: true,
  virtualKeys: false,
  apiKeys: false,
  issuers: [],
  anonymous: false,
};

const introspected: string[] = [];
function ask(policy: Partial<AccessPolicy>, credential?: string): Promise<Admission> {
  const snapshot = {
    accessPolicies: { p: { ...none, ...policy } },
    apiKeyPolicies: {
      p: { header: "k", keys: [{ digest: "digest of opener", secret: "app", upstreamHeaders: {} }] },
    },
    gatewayAccess: "p",
    consumers: {},
  } as unknown as Snapshot;
  const tokens = {
    verify: async (_issuer: TokenIssuer, token: string) => {
      if (token === forged) throw bearerErrors.invalid("The signature of the token is not valid.");
      return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as object & {
        iss: string;
      };
    },
    introspect: async (_server: Introspection, token: string) => {
      introspected.push(token);
      return { "good-opaque": { sub: "bob", aud: ["sluice"] }, "for-others": { sub: "bob", aud: "web" } }[
        token
      ];
    },
  };
  const digest = (text: string): string => `digest of ${text}`;
  const route: HttpRoute | undefined = undefined;
  return Promise.resolve(
    admit({ keyRing, digest, tokens }, snapshot, route, {
      dialect: "openai",
      ...(credential === undefined ? {} : { credential }),
    }),
  );
}

async function refusal(policy: Partial<AccessPolicy>, credential?: string): Promise<SluiceError> {
  return await ask(policy, credential).then(
    () => {
      throw new Error("the request was let in");
    },
    (error: unknown) => error as SluiceError,
  );
}

const all = { virtualKeys: true, apiKeys: true, issuers: [issuer], introspection };

test("of several ways each credential finds its own", async () => {
  expect((await ask(all, virtualKey)).identity.keyId).toBe(keyId);
  expect(await ask(all, "opener")).toMatchObject({ secret: "app", identity: { keyId: "secret:app" } });
  expect(await ask(all, good)).toMatchObject({
    identity: { keyId: `token:${issuerUrl}#ada`, user: "ada" },
    claims: { groups: ["a"] },
    tokenGoesOn: false,
  });
  expect((await ask(all, "good-opaque")).identity).toMatchObject({ keyId: "token:p#bob", user: "bob" });
});

test.each<[what: string, policy: Partial<AccessPolicy>, credential: string | undefined, code: string]>([
  ["nothing", all, undefined, "missing_credential"],
  ["an unknown virtual key", all, createVirtualKeySecret(), "invalid_credential"],
  ["a virtual key whose time is over", all, expiredKey, "expired_credential"],
  ["a virtual key where none is taken", { issuers: [issuer] }, virtualKey, "invalid_credential"],
  ["an unknown key of a Secret", { apiKeys: true }, "other", "invalid_credential"],
  ["a forged token", all, forged, "invalid_credential"],
  ["a token of another issuer", { issuers: [issuer] }, jwtOf({ iss: "https://o" }), "invalid_credential"],
  ["a token that nobody knows", all, "unknown", "invalid_credential"],
  ["a token that is meant for others", all, "for-others", "invalid_credential"],
  ["a forged token where anyone may come in", { ...all, anonymous: true }, forged, "invalid_credential"],
])("%s is refused with a challenge", async (_what, policy, credential, code) => {
  const { challenge, ...refused } = await refusal(policy, credential);
  expect(refused).toMatchObject({ code, status: 401 });
  expect(challenge).toMatch(
    code === "missing_credential" ? /^Bearer realm="sluice"$/ : /, error="invalid_token", /,
  );
});

test("of several issuers the one that a token names judges it, by rules of its own", async () => {
  const other = {
    ...issuer,
    issuer: "https://other.example",
    claims: { user: "email" },
    requiredScopes: ["x"],
  };
  const issuers = [{ ...issuer, requiredScopes: ["none.has.it"] }, other];
  const admission = await ask(
    { issuers },
    jwtOf({ iss: other.issuer, sub: "s", email: "ada@a", scope: "x" }),
  );
  expect(admission.identity).toMatchObject({ keyId: "token:https://other.example#s", user: "ada@a" });
  await expect(ask({ issuers }, jwtOf({ sub: "s", scope: "x" }))).rejects.toMatchObject({
    code: "permission_denied",
  });
  await expect(
    ask({ issuers }, jwtOf({ iss: "https://third.example", sub: "s", scope: "x" })),
  ).rejects.toMatchObject({ code: "invalid_credential" });
});

test("a virtual key and a forged token are shown to no authorization server", async () => {
  introspected.length = 0;
  await refusal(all, `${virtualKey}x`);
  await refusal(all, forged);
  expect(introspected).toEqual([]);
});

test("where anyone may come in, what is for none of the ways is as good as nothing", async () => {
  const policy = { issuers: [issuer], anonymous: true, virtualKeys: true };
  for (const credential of [undefined, "sk-of-a-provider", jwtOf({ iss: "https://o" })]) {
    expect((await ask(policy, credential)).identity.keyId).toBe("anonymous");
  }
  expect((await ask(policy, virtualKey)).identity.keyId).toBe(keyId);
});

test("a token without its scopes is told which it needs, one without its claims only who refuses", async () => {
  const scoped = { issuers: [{ ...issuer, requiredScopes: ["ai.use", "ai.admin"] }] };
  expect(await refusal(scoped, good)).toMatchObject({
    code: "permission_denied",
    status: 403,
    message: "The AuthPolicy p asks for a scope that the token has not.",
    challenge: 'Bearer realm="sluice", error="insufficient_scope", scope="ai.use ai.admin"',
  });
  expect((await ask(scoped, jwtOf({ sub: "1", scp: ["ai.use", "ai.admin"] }))).claims).toBeDefined();
  const claimed = { issuers: [{ ...issuer, requiredClaims: { groups: ["admins"] } }] };
  expect(await refusal(claimed, good)).toMatchObject({
    code: "permission_denied",
    message: "The AuthPolicy p does not allow this request.",
  });
});
