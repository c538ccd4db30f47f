import { createHash } from "node:crypto";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { ModelTarget } from "@sluice/resources/find-target";

/**
 * Under which a reply is kept: the same request of the same team by the same route, whatever the order of its fields.
 * Who belongs to no team shares with nobody but other requests of the same key.
 * @returns undefined for a request whose reply is not to be given twice: streams, and those that may have effects by
 *   the tools that they name
 */
export function cacheKey(
  envelope: IdentifiedEnvelope,
  { route, providerModel, backendName }: ModelTarget,
  body: string,
): string | undefined {
  const { identity, dialect, operation, stream, headers } = envelope;
  const { "cache-control": cacheControl = "", ...meaning } = headers;
  if (stream || /\bno-store\b/i.test(cacheControl)) return undefined;
  const request: unknown = JSON.parse(body);
  if (typeof request !== "object" || request === null || "tools" in request || "functions" in request)
    return undefined;
  const scope = identity.team === undefined ? ["key", identity.keyId] : ["team", identity.team];
  const facts = [route?.name, scope, backendName, providerModel, dialect, operation, meaning];
  return createHash("sha256")
    .update(canonical([facts, request]))
    .digest("base64url");
}

/** Whether a kept reply may be given; one that is asked for anew is kept in its place. */
export function mayUseCache({ headers }: IdentifiedEnvelope): boolean {
  return !/\bno-cache\b/i.test(headers["cache-control"] ?? "");
}

/** JSON with the fields of each object in the order of their names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
