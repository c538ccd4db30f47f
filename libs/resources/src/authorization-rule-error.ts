/** Why a rule of an AuthPolicy can't be used. */
export class AuthorizationRuleError extends Error {
  override readonly name = "AuthorizationRuleError";
}
