import type { Envelope } from "@sluice/contracts/envelope";
import type { AccessPolicy, Introspection, TokenIssuer } from "@sluice/resources/access-policy";
import type { Snapshot } from "@sluice/resources/snapshot";
import { virtualKeyPrefix } from "@sluice/resources/virtual-key";
import { type Admission, type AdmissionRules, anonymous, openedByApiKey } from "./admission.ts";
import { bearerErrors } from "./bearer-error.ts";
import { checkTokenRules } from "./check-token-rules.ts";
import { type Claims, textsOf } from "./claim-at.ts";
import { claimedIssuer } from "./claimed-issuer.ts";
import { identityOfToken } from "./token-identity.ts";

/**
 * Lets a request in by one of the ways of a policy. Which of them a credential is for shows in it: a virtual key by its
 * beginning, a key of a Secret by its digest, a token by the issuer that it names, all else is for the authorization
 * server. What is for none of them is as good as nothing.
 * @throws SluiceError as `admit`
 */
export async function admitByPolicy(
  rules: AdmissionRules,
  snapshot: Snapshot,
  name: string,
  { credential }: Pick<Envelope, "credential">,
): Promise<Admission> {
  const policy = snapshot.accessPolicies[name];
  if (policy === undefined) throw new Error(`the revision has no policy ${name}`);
  const admission =
    credential === undefined ? undefined : await admitBy(rules, snapshot, name, policy, credential);
  if (admission !== undefined) return admission;
  if (policy.anonymous) return anonymous;
  throw credential === undefined ? bearerErrors.missing() : bearerErrors.invalid();
}

async function admitBy(
  rules: AdmissionRules,
  snapshot: Snapshot,
  name: string,
  policy: AccessPolicy,
  credential: string,
): Promise<Admission | undefined> {
  // Whatever becomes of it, a virtual key is shown to nobody else.
  if (credential.startsWith(virtualKeyPrefix)) return byVirtualKey(rules, policy, credential);
  const opened = policy.apiKeys ? openedByApiKey(rules, snapshot, name, credential) : undefined;
  if (opened !== undefined) return opened;
  const claimed = policy.issuers.length === 0 ? undefined : claimedIssuer(credential);
  const issuer = policy.issuers.find((candidate) => candidate.issuer === claimed);
  if (issuer !== undefined) {
    const claims = await rules.tokens.verify(issuer, credential);
    return byToken(name, issuer.issuer, issuer, claims, credential);
  }
  return policy.introspection && (await byIntrospection(rules, name, policy.introspection, credential));
}

function byVirtualKey({ keyRing }: AdmissionRules, policy: AccessPolicy, credential: string): Admission {
  const nowMs = Date.now();
  const key = policy.virtualKeys ? keyRing.find(credential, nowMs) : undefined;
  if (key === undefined) throw bearerErrors.invalid();
  if (key.expiresAtMs !== undefined && nowMs >= key.expiresAtMs) throw bearerErrors.expired("API key");
  return { identity: key.identity, key };
}

async function byIntrospection(
  { tokens }: AdmissionRules,
  name: string,
  server: Introspection,
  credential: string,
): Promise<Admission | undefined> {
  const claims = await tokens.introspect(server, credential);
  if (claims === undefined) return undefined;
  const audiences = textsOf(claims.aud);
  if (server.audiences.length > 0 && !server.audiences.some((audience) => audiences.includes(audience))) {
    throw bearerErrors.invalid("The token is not meant for this gateway.");
  }
  return byToken(name, name, server, claims, credential);
}

function byToken(
  policy: string,
  issuer: string,
  rules: TokenIssuer | Introspection,
  claims: Claims,
  token: string,
): Admission {
  checkTokenRules(policy, rules, claims);
  return {
    identity: identityOfToken(issuer, claims, rules.claims, token),
    claims,
    tokenGoesOn: rules.forward,
  };
}
