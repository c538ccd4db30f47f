import type { TokenIssuer } from "@sluice/resources/access-policy";
import { createLogger } from "@sluice/telemetry/logger";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTokenServer, type TokenServer } from "../testing/token-server.ts";
import { JsonClient } from "./json-client.ts";
import { TokenVerifier } from "./token-verifier.ts";

const logger = createLogger({ service: "auth", instance: "test", level: "silent" });
let server: TokenServer;
let client: JsonClient;
let verifier: TokenVerifier;
beforeAll(async () => {
  server = await startTokenServer();
  client = new JsonClient();
  verifier = new TokenVerifier(client, logger);
});
afterAll(async () => {
  await client.close();
  await server.stop();
});

function trust(changes: Partial<TokenIssuer> = {}): TokenIssuer {
  return {
    issuer: server.url,
    keys: { type: "url", url: `${server.url}/jwks` },
    audiences: ["other", "sluice"],
    algorithms: ["ES256", "RS256"],
    clockToleranceMs: 1000,
    claims: { user: "sub" },
    requiredScopes: [],
    requiredClaims: {},
    forward: false,
    ...changes,
  };
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

test.each([
  ["at a URL", () => trust()],
  ["found by discovery", () => trust({ keys: { type: "discovery" } })],
])("a token is good by the keys %s", async (_where, issuer) => {
  const claims = await verifier.verify(issuer(), await server.sign({ groups: ["a"] }));
  expect(claims).toMatchObject({ iss: server.url, sub: "ada", groups: ["a"] });
});

test("a token is good by keys of the configuration, also where it does not say by which", async () => {
  const pairs = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
  const keys = await Promise.all(pairs.map(async ({ publicKey }) => await exportJWK(publicKey)));
  const issuer = trust({ keys: { type: "inline", keys: keys as { kty: string }[] } });
  const signed = async (privateKey: CryptoKey) =>
    await new SignJWT({ iss: server.url, aud: "sluice", exp: nowSeconds() + 60 })
      .setProtectedHeader({ alg: "ES256" })
      .sign(privateKey);
  for (const { privateKey } of pairs) {
    expect(await verifier.verify(issuer, await signed(privateKey))).toMatchObject({ aud: "sluice" });
  }
  const foreign = await generateKeyPair("ES256");
  await expect(verifier.verify(issuer, await signed(foreign.privateKey))).rejects.toMatchObject({
    code: "invalid_credential",
    message: "The signature of the token is not valid.",
  });
});

/** Signed with the public key taken as a shared secret, which has fooled others. */
async function signedWithPublicKey(): Promise<string> {
  const { keys } = (await (await fetch(`${server.url}/jwks`)).json()) as { keys: { kid: string }[] };
  return await new SignJWT({ iss: server.url, aud: "sluice", exp: nowSeconds() + 60 })
    .setProtectedHeader({ alg: "HS256", kid: keys[0]?.kid ?? "" })
    .sign(Buffer.from(JSON.stringify(keys[0])));
}

function unsigned(): string {
  return new UnsecuredJWT({ iss: server.url, aud: "sluice", exp: nowSeconds() + 60 }).encode();
}

test.each<[string, () => string | Promise<string>, string, string]>([
  [
    "of another audience",
    () => server.sign({ aud: "web" }),
    "invalid_credential",
    "The token is not meant for this gateway.",
  ],
  [
    "without an audience",
    () => server.sign({ aud: undefined }),
    "invalid_credential",
    "The token is not meant for this gateway.",
  ],
  [
    "whose time is over",
    () => server.sign({ exp: nowSeconds() - 60 }),
    "expired_credential",
    "The token has expired.",
  ],
  [
    "without an end",
    () => server.sign({ exp: undefined }),
    "invalid_credential",
    "The token does not say when it expires.",
  ],
  [
    "of later",
    () => server.sign({ nbf: nowSeconds() + 60 }),
    "invalid_credential",
    "The token is not valid yet.",
  ],
  [
    "of another issuer",
    () => server.sign({ iss: "https://other.example" }),
    "invalid_credential",
    "The token has a claim that is not taken.",
  ],
  [
    "of an unknown key",
    () => server.sign({}, { kid: "unknown" }),
    "invalid_credential",
    "The token is signed with a key that is not known.",
  ],
  [
    "whose claims were changed",
    async () => changed(await server.sign()),
    "invalid_credential",
    "The signature of the token is not valid.",
  ],
  [
    "with a shared secret",
    signedWithPublicKey,
    "invalid_credential",
    "The token is signed with an algorithm that is not taken.",
  ],
  [
    "without a signature",
    unsigned,
    "invalid_credential",
    "The token is signed with an algorithm that is not taken.",
  ],
  ["that is none", () => "a.b.c", "invalid_credential", "The token is not valid."],
])("a token %s is refused", async (_what, token, code, message) => {
  const refusal = verifier.verify(trust(), await token());
  await expect(refusal).rejects.toMatchObject({
    code,
    message,
    challenge: `Bearer realm="sluice", error="invalid_token", error_description="${message}"`,
  });
});

function changed(token: string): string {
  const [header = "", payload = "", signature = ""] = token.split(".");
  const claims = { ...(JSON.parse(Buffer.from(payload, "base64url").toString()) as object), sub: "eve" };
  return [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
}

test("an algorithm that the policy does not name is refused", async () => {
  await expect(verifier.verify(trust({ algorithms: ["RS256"] }), await server.sign())).rejects.toMatchObject({
    message: "The token is signed with an algorithm that is not taken.",
  });
});

test("clocks may differ by as much as the policy says", async () => {
  const token = await server.sign({ exp: nowSeconds() - 60 });
  expect(await verifier.verify(trust({ clockToleranceMs: 120_000 }), token)).toMatchObject({ sub: "ada" });
});

test("keys that were fetched outlive the revision of the configuration and the issuer's outage", async () => {
  await verifier.verify(trust(), await server.sign());
  const before = server.asked.get("/jwks");
  server.isDown = true;
  try {
    expect(await verifier.verify(trust(), await server.sign())).toMatchObject({ sub: "ada" });
    expect(server.asked.get("/jwks")).toBe(before);
    const others = new TokenVerifier(client, logger);
    await expect(others.verify(trust(), await server.sign())).rejects.toMatchObject({
      code: "service_unavailable",
    });
  } finally {
    server.isDown = false;
  }
});

test("a provider that says it is another issuer is not believed", async () => {
  server.namedIssuer = "https://other.example";
  try {
    const refusal = new TokenVerifier(client, logger).verify(
      trust({ keys: { type: "discovery" } }),
      await server.sign(),
    );
    await expect(refusal).rejects.toMatchObject({ code: "service_unavailable" });
  } finally {
    server.namedIssuer = server.url;
  }
});
