import type { TokenRules } from "@sluice/resources/access-policy";
import { bearerErrors, deniedBy } from "./bearer-error.ts";
import { type Claims, hasClaims, textsOf } from "./claim-at.ts";

/**
 * Whether a good token has the scopes and claims that its policy asks for. Scopes are in `scope`, with blanks between
 * them (RFC 8693, section 4.2), or in `scp`.
 * @throws SluiceError `permission_denied`
 */
export function checkTokenRules(
  policy: string,
  { requiredScopes, requiredClaims }: Pick<TokenRules, "requiredScopes" | "requiredClaims">,
  claims: Claims,
): void {
  const scopes = [claims.scope, claims.scp].flatMap(textsOf).flatMap((text) => text.split(" "));
  if (!requiredScopes.every((scope) => scopes.includes(scope)))
    throw bearerErrors.scopes(policy, requiredScopes);
  if (!hasClaims(claims, requiredClaims)) throw deniedBy(policy);
}
