import type { Envelope } from "@sluice/contracts/envelope";
import { anonymousKeyId, type Identity } from "@sluice/contracts/identity";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { HttpRoute } from "@sluice/resources/http-route";
import type { Snapshot } from "@sluice/resources/snapshot";
import { virtualKeySecretPattern } from "@sluice/resources/virtual-key";
import { secretOpenedBy } from "./api-key-ring.ts";
import { authenticate } from "./authenticate.ts";
import type { HeldKey, KeyRing } from "./key-ring.ts";

/** Who a request is from, and by what it was let in. */
export interface Admission {
  identity: Identity;
  /** The virtual key, where it was one. */
  key?: HeldKey;
  /** The Secret, where it was a key of one. */
  secret?: string;
}

export interface AdmissionRules {
  keyRing: KeyRing;
  /** Digest of a key as the Secrets' are kept; undefined where auth has no key for digests. */
  digest: ((credential: string) => string) | undefined;
}

/** What `WWW-Authenticate` and the message say; which of the two it was is nobody's business. */
const apiKeyRefused = "API key is missing or invalid";

/** Who may use a route that anyone may use, and says nothing of who it is. */
const anonymous: Admission = { identity: { keyId: anonymousKeyId, tags: [] } };

/**
 * Lets a request in as its route asks for it; the gateway's own endpoints ask for a virtual key.
 * @throws SluiceError `missing_credential`, `invalid_credential`, `expired_credential`; `service_unavailable` where keys
 *   of Secrets can't be looked up
 */
export function admit(
  rules: AdmissionRules,
  snapshot: Snapshot,
  route: HttpRoute | undefined,
  { credential, dialect }: Pick<Envelope, "credential" | "dialect">,
): Admission {
  const auth = route?.auth ?? { type: "virtual_key", required: true };
  if (auth.type === "api_key") return admitByApiKey(rules, snapshot, auth.policy, credential);
  // On an open route another key is the client's own affair: its provider's, say.
  const isVirtualKey = credential !== undefined && virtualKeySecretPattern.test(credential);
  if (!auth.required && !isVirtualKey) return anonymous;
  const key = authenticate(rules.keyRing, credential, dialect, Date.now());
  return { identity: key.identity, key };
}

function admitByApiKey(
  { digest }: AdmissionRules,
  snapshot: Snapshot,
  policyName: string,
  credential: string | undefined,
): Admission {
  if (credential === undefined) throw refused("missing_credential");
  const policy = snapshot.apiKeyPolicies[policyName];
  if (policy === undefined || digest === undefined) {
    throw new SluiceError("service_unavailable", "The keys of this route can't be looked up.");
  }
  const secret = secretOpenedBy(policy, digest(credential));
  if (secret === undefined) throw refused("invalid_credential");
  return { identity: { keyId: `secret:${secret}`, tags: [] }, secret };
}

function refused(code: "missing_credential" | "invalid_credential"): SluiceError {
  return new SluiceError(code, apiKeyRefused, { challenge: apiKeyRefused });
}
