import { SluiceError } from "@sluice/contracts/sluice-error";
import type { TokenIssuer } from "@sluice/resources/access-policy";
import type { Logger } from "@sluice/telemetry/logger";
import { errors, type JSONWebKeySet, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from "jose";
import { z } from "zod";
import { bearerErrors } from "../domain/bearer-error.ts";
import type { Claims } from "../domain/claim-at.ts";
import { IssuerKeys } from "./issuer-keys.ts";
import type { JsonClient } from "./json-client.ts";

const fetchTimeoutMs = 5_000;
/** Issuers that no revision names any more are forgotten when there are more than this. */
const maxRemote = 1_000;

const keySetSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })).max(1_000) });
const discoverySchema = z.looseObject({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/** Checks signed tokens with the keys of their issuers. Keys that were fetched outlive the revision that names them. */
export class TokenVerifier {
  readonly #client: JsonClient;
  readonly #logger: Logger;
  readonly #getKeys = new WeakMap<TokenIssuer, JWTVerifyGetKey>();
  readonly #remote = new Map<string, IssuerKeys>();

  constructor(client: JsonClient, logger: Logger) {
    this.#client = client;
    this.#logger = logger;
  }

  /**
   * @returns the claims of the token
   * @throws SluiceError `invalid_credential`, `expired_credential`; `service_unavailable` where the issuer's keys were
   *   never had
   */
  async verify(issuer: TokenIssuer, token: string): Promise<Claims> {
    const options: JWTVerifyOptions = {
      issuer: issuer.issuer,
      ...(issuer.audiences.length === 0 ? {} : { audience: issuer.audiences }),
      algorithms: issuer.algorithms,
      clockTolerance: issuer.clockToleranceMs / 1000,
      requiredClaims: ["exp"],
    };
    try {
      return await verifyByAny(token, this.#getKeyOf(issuer), options);
    } catch (error) {
      if (error instanceof SluiceError) throw error;
      if (error instanceof errors.JWTExpired) throw bearerErrors.expired();
      throw bearerErrors.invalid(reasonOf(error));
    }
  }

  #getKeyOf(issuer: TokenIssuer): JWTVerifyGetKey {
    let getKey = this.#getKeys.get(issuer);
    if (getKey === undefined) {
      getKey = this.#makeGetKey(issuer);
      this.#getKeys.set(issuer, getKey);
    }
    return getKey;
  }

  #makeGetKey({ issuer, keys }: TokenIssuer): JWTVerifyGetKey {
    if (keys.type === "inline") return IssuerKeys.inline({ keys: keys.keys } as JSONWebKeySet);
    const source = keys.type === "url" ? keys.url : `discovery of ${issuer}`;
    let remote = this.#remote.get(source);
    if (remote === undefined) {
      const fetch = keys.type === "url" ? () => this.#keysAt(keys.url) : () => this.#keysFoundBy(issuer);
      remote = new IssuerKeys({ issuer, fetch, logger: this.#logger });
    }
    // What was used last stands last.
    this.#remote.delete(source);
    this.#remote.set(source, remote);
    for (const oldest of this.#remote.keys()) {
      if (this.#remote.size <= maxRemote) break;
      this.#remote.delete(oldest);
    }
    const found = remote;
    return (header, token) => found.find(header, token);
  }

  async #keysAt(url: string): Promise<JSONWebKeySet> {
    return (await this.#client.ask({ url, timeoutMs: fetchTimeoutMs }, keySetSchema)) as JSONWebKeySet;
  }

  /** OpenID Connect Discovery 1.0, section 4: the provider must say that it is the issuer. */
  async #keysFoundBy(issuer: string): Promise<JSONWebKeySet> {
    const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const found = await this.#client.ask({ url, timeoutMs: fetchTimeoutMs }, discoverySchema);
    if (found.issuer !== issuer)
      throw new Error(`${url} names another issuer: ${found.issuer.slice(0, 200)}`);
    return await this.#keysAt(found.jwks_uri);
  }
}

/** Where a token does not name its key and several could be it, one of them must fit. */
async function verifyByAny(
  token: string,
  getKey: JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<Claims> {
  try {
    return (await jwtVerify(token, getKey, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, options)).payload;
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

/** For the client: what is wrong, and nothing of what is in the token. */
function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === "aud") return "The token is not meant for this gateway.";
    if (error.claim === "exp") return "The token does not say when it expires.";
    if (error.claim === "nbf") return "The token is not valid yet.";
    return "The token has a claim that is not taken.";
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return "The token is signed with an algorithm that is not taken.";
  if (error instanceof errors.JWKSNoMatchingKey) return "The token is signed with a key that is not known.";
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return "The signature of the token is not valid.";
  return "The token is not valid.";
}
