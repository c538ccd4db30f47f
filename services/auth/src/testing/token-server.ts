import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** Who makes tokens, and says of others whether they are good: an OpenID provider and authorization server of tests. */
export interface TokenServer {
  /** Its issuer's URL. */
  readonly url: string;
  /** How often it was asked, by path. */
  readonly asked: Map<string, number>;
  /** Bodies and `authorization` of the introspections. */
  readonly introspections: { form: URLSearchParams; authorization: string | undefined }[];
  /** What it says of opaque tokens; of all others that they are not active. */
  readonly opaque: Map<string, object>;
  /** While true it answers 500. */
  isDown: boolean;
  /** While set, what it is asked waits for this. */
  heldUp: Promise<void> | undefined;
  /** Issuer that its discovery names. */
  namedIssuer: string;
  /** A token for the audience `sluice` that is good for an hour, with these claims in place of its own. */
  sign(claims?: Record<string, unknown>, header?: { kid?: string }): Promise<string>;
  /** Signs with another key from now on. @param publish whether its key set has it. @default true */
  rotate(publish?: boolean): Promise<void>;
  stop(): Promise<void>;
}

interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
  jwk: JWK;
}

/** Starts one on loopback, with an ES256 key. */
export async function startTokenServer(): Promise<TokenServer> {
  let count = 0;
  const createKey = async (): Promise<SigningKey> => {
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    const kid = `key-${++count}`;
    return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" } };
  };
  let key = await createKey();
  let published = [key.jwk];
  const http = createServer((request, response) => {
    void answer(request, response);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? "/";
    server.asked.set(path, (server.asked.get(path) ?? 0) + 1);
    const body = await text(request);
    await server.heldUp;
    const found = server.isDown ? undefined : await answerTo(path, body, request.headers.authorization);
    response.writeHead(found === undefined ? 500 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(found ?? {}));
  };
  const answerTo = async (
    path: string,
    body: string,
    authorization: string | undefined,
  ): Promise<unknown> => {
    if (path === "/.well-known/openid-configuration") {
      return { issuer: server.namedIssuer, jwks_uri: `${url}/jwks` };
    }
    if (path === "/jwks") return { keys: published };
    if (path !== "/introspect") return undefined;
    const form = new URLSearchParams(body);
    server.introspections.push({ form, authorization });
    return server.opaque.get(form.get("token") ?? "") ?? { active: false };
  };

  const server: TokenServer = {
    url,
    asked: new Map(),
    introspections: [],
    opaque: new Map(),
    isDown: false,
    heldUp: undefined,
    namedIssuer: url,
    sign: async (claims = {}, header = {}) => {
      const nowSeconds = Math.floor(Date.now() / 1000);
      const payload = { iss: url, aud: "sluice", sub: "ada", exp: nowSeconds + 3600, ...claims };
      return await new SignJWT(payload)
        .setProtectedHeader({ alg: "ES256", kid: key.kid, ...header })
        .sign(key.privateKey);
    },
    rotate: async (publish = true) => {
      key = await createKey();
      if (publish) published = [key.jwk];
    },
    stop: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}
