import { SluiceError } from "@sluice/contracts/sluice-error";

const realm = 'Bearer realm="sluice"';

/** Refusals of tokens, with the `WWW-Authenticate` that RFC 6750 (section 3) asks for. */
export const bearerErrors = {
  /** Nothing was sent, so nothing is said of it. */
  missing: () =>
    new SluiceError("missing_credential", "No credential was sent that opens this.", { challenge: realm }),
  /** @param reason a sentence for the client, in plain ASCII without quotes */
  invalid: (reason = "The credential is not valid.") =>
    new SluiceError("invalid_credential", reason, { challenge: invalidToken(reason) }),
  expired: (what: "token" | "API key" = "token") =>
    new SluiceError("expired_credential", `The ${what} has expired.`, {
      challenge: invalidToken(`The ${what} has expired.`),
    }),
  scopes: (policy: string, scopes: readonly string[]) =>
    new SluiceError(
      "permission_denied",
      `The AuthPolicy ${policy} asks for a scope that the token has not.`,
      {
        challenge: `${realm}, error="insufficient_scope", scope="${scopes.join(" ")}"`,
      },
    ),
};

function invalidToken(description: string): string {
  return `${realm}, error="invalid_token", error_description="${description}"`;
}

/** A refusal of who was let in, by the name of the policy and nothing of what it says. */
export function deniedBy(policy: string): SluiceError {
  return new SluiceError("permission_denied", `The AuthPolicy ${policy} does not allow this request.`);
}
