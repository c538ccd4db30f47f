import { anonymousKeyId, type Identity } from "@sluice/contracts/identity";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Introspection, TokenIssuer } from "@sluice/resources/access-policy";
import type { Snapshot } from "@sluice/resources/snapshot";
import { secretOpenedBy } from "./api-key-ring.ts";
import type { Claims } from "./claim-at.ts";
import type { HeldConsumer } from "./consumer-directory.ts";
import type { HeldKey, KeyRing } from "./key-ring.ts";

/** Who a request is from, and by what it was let in. */
export interface Admission {
  identity: Identity;
  /** The virtual key, where it was one. */
  key?: HeldKey;
  /** The Secret, where it was a key of one. */
  secret?: string;
  /** What is said of the token, where it was one. */
  claims?: Claims;
  /** Whether the destination gets the token as well. @default false */
  tokenGoesOn?: boolean;
  /** Whose key or token it is, where it is a consumer's. */
  consumer?: HeldConsumer;
}

export interface AdmissionRules {
  keyRing: KeyRing;
  /** Digest of a key as the Secrets' are kept; undefined where auth has no key for digests. */
  digest: ((credential: string) => string) | undefined;
  tokens: TokenChecks;
}

/** How tokens are checked: with keys of issuers, and by authorization servers. */
export interface TokenChecks {
  verify(issuer: TokenIssuer, token: string): Promise<Claims>;
  introspect(server: Introspection, token: string): Promise<Claims | undefined>;
}

/** Who may use a route that anyone may use, and says nothing of who it is. */
export const anonymous: Admission = { identity: { keyId: anonymousKeyId, tags: [] } };

/**
 * Whose key of a policy's Secrets it is.
 * @returns undefined where it is none of them
 * @throws SluiceError `service_unavailable` where they can't be looked up
 */
export function openedByApiKey(
  { digest }: Pick<AdmissionRules, "digest">,
  { apiKeyPolicies }: Pick<Snapshot, "apiKeyPolicies">,
  policyName: string,
  credential: string,
): Admission | undefined {
  const policy = apiKeyPolicies[policyName];
  if (policy === undefined || digest === undefined) {
    throw new SluiceError("service_unavailable", "The keys of this route can't be looked up.");
  }
  const secret = secretOpenedBy(policy, digest(credential));
  return secret === undefined ? undefined : { identity: { keyId: `secret:${secret}`, tags: [] }, secret };
}
