/**
 * Who a text says that made it, where it is a JSON Web Token: by that it is known whose keys to check it with. Nothing
 * of it is believed before.
 */
export function claimedIssuer(credential: string): string | undefined {
  const [header, payload, signature, more] = credential.split(".", 4);
  if (header === undefined || payload === undefined || !signature || more !== undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    if (typeof claims !== "object" || claims === null || !("iss" in claims)) return undefined;
    return typeof claims.iss === "string" ? claims.iss : undefined;
  } catch {
    return undefined;
  }
}
