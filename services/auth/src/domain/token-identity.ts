import { hash } from "node:crypto";
import type { Identity } from "@sluice/contracts/identity";
import type { ClaimMapping } from "@sluice/resources/access-policy";
import { type Claims, claimAt, textsOf } from "./claim-at.ts";

/** Longest text that is booked under, as for virtual keys. */
const maxTextLength = 200;
const maxTags = 50;

/**
 * Who a token is, as the ledger books it. It is `token:ISSUER#SUBJECT`, so that no two issuers have a subject in common;
 * a token that names no subject is one by itself.
 * @param issuer who made the token, or the policy that asked about it
 */
export function identityOfToken(
  issuer: string,
  claims: Claims,
  mapping: ClaimMapping,
  token: string,
): Identity {
  const [subject] = [claims.sub, claims.client_id, claims.username].flatMap(textsOf);
  const { tags: tagsAt, ...facts } = mapping;
  const identity: Identity = { keyId: `token:${issuer}#${short(subject) ?? digestOf(token)}`, tags: [] };
  for (const [fact, path] of Object.entries(facts) as [keyof typeof facts, string][]) {
    const text = only(claimAt(claims, path));
    if (text !== undefined) identity[fact] = text.slice(0, maxTextLength);
  }
  if (tagsAt !== undefined) {
    const tags = textsOf(claimAt(claims, tagsAt)).map((tag) => tag.slice(0, maxTextLength));
    identity.tags = [...new Set(tags)].slice(0, maxTags);
  }
  return identity;
}

/** Of several texts none is the one: a spend would be somebody's by chance. */
function only(claim: unknown): string | undefined {
  const [first, second] = textsOf(claim);
  return second === undefined ? first : undefined;
}

/** A long subject by its digest, so that it stays one. */
function short(subject: string | undefined): string | undefined {
  return subject === undefined || subject.length <= maxTextLength ? subject : digestOf(subject);
}

function digestOf(text: string): string {
  return hash("sha256", text, "base64url").slice(0, 22);
}
