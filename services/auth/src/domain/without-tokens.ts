import type { ForwardedRequest } from "@sluice/contracts/envelope";
import type { AccessPolicy } from "@sluice/resources/access-policy";
import { claimedIssuer } from "./claimed-issuer.ts";
import { pathWithout } from "./path-without.ts";

/** What may be a JSON Web Token, whatever is around it. */
const tokenLike = /[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+/g;

/** From this length on a credential is looked for within other texts; a shorter one could be part of any. */
const minSoughtLength = 16;

/** What a client sent to be let in. */
export interface SentCredential {
  text: string;
  /** Whether the destination is to have it as well. */
  goesOn: boolean;
}

/**
 * The request for the destination without what its client was let in by: the credential, in whatever header or query
 * parameter it stands; every token of an issuer of the policy; and the headers that are for the policy alone.
 * @param sent undefined where nothing was sent, or what was sent was not for the gateway
 */
export function withoutTokens(
  request: ForwardedRequest,
  { places, issuers }: Pick<AccessPolicy, "places" | "issuers">,
  sent: SentCredential | undefined,
): ForwardedRequest {
  const own = new Set(places.map(({ header }) => header));
  const trusted = new Set(issuers.map(({ issuer }) => issuer));
  const isSent = (value: string): boolean => sent !== undefined && holds(value, sent.text);
  const isKept = (name: string | undefined, value: string): boolean => {
    if (isSent(value)) return sent?.goesOn === true;
    if (name !== undefined && own.has(name)) return false;
    return ![...value.matchAll(tokenLike)].some(([token]) => trusted.has(claimedIssuer(token) ?? ""));
  };
  const headers = Object.entries(request.headers).filter(([name, value]) => isKept(name, value));
  return {
    ...request,
    headers: Object.fromEntries(headers),
    path: pathWithout(request.path, (value) => !isKept(undefined, value)),
  };
}

function holds(value: string, credential: string): boolean {
  if (credential.length >= minSoughtLength) return value.includes(credential);
  return value.split(" ").includes(credential);
}
