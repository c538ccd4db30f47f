import { createHash } from "node:crypto";
import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { anonymousKeyId, type Identity } from "@sluice/contracts/identity";
import type { CacheScope } from "@sluice/resources/compiled-caching";
import type { ModelTarget } from "@sluice/resources/find-target";
import { cacheHeaders } from "./cache-headers.ts";

/** As much of what serves a request as its key depends on. */
export type KeyedTarget = Pick<ModelTarget, "route" | "backendName" | "providerModel" | "pool">;

/**
 * Under which a reply is kept: the same request by the same route or model, whatever the order of its fields, of those
 * who share. Of several targets all count, so that it does not matter which is chosen.
 * @param sharedBy as of {@link sharersOf}
 * @param request the client's body, read
 */
export function cacheKey(
  envelope: IdentifiedEnvelope,
  { route, backendName, providerModel, pool }: KeyedTarget,
  sharedBy: readonly string[],
  request: object,
): string {
  const { dialect, operation, model, stream, streamFraming, headers } = envelope;
  const meaning = Object.fromEntries(
    Object.entries(headers).filter(([name]) => !(cacheHeaders as readonly string[]).includes(name)),
  );
  const targets = pool?.targets ?? [{ backendName, providerModel }];
  const asked = targets
    .map((target) => JSON.stringify([target.backendName, target.providerModel]))
    .toSorted();
  const form = stream ? streamFraming : "plain";
  const facts = [route?.name ?? null, model, asked, sharedBy, dialect, operation, form, meaning];
  return createHash("sha256")
    .update(canonical([facts, request]))
    .digest("base64url");
}

/**
 * Who shares a request's reply. Who has no team, or is no user, shares with the same key only.
 * @returns undefined for who is nobody in particular, where replies are for users or keys alone
 */
export function sharersOf({ team, user, keyId }: Identity, scope: CacheScope): string[] | undefined {
  const isAnonymous = keyId === anonymousKeyId;
  switch (scope) {
    case "global":
      return ["global"];
    case "team":
      return team === undefined ? ["key", keyId] : ["team", team];
    case "user":
      // Two teams may have a user of the same name.
      if (user !== undefined) return team === undefined ? ["user", user] : ["user", user, team];
      return isAnonymous ? undefined : ["key", keyId];
    case "key":
      return isAnonymous ? undefined : ["key", keyId];
  }
}

/** JSON with the fields of each object in the order of their names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
