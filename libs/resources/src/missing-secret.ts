import { qualifiedName, type Resource } from "./resource.ts";
import { notFoundReason } from "./resource-findings.ts";
import type { ResourceSet } from "./resource-set.ts";
import { entryReference } from "./sealed-reference.ts";

/**
 * What a backend lacks of its own key: without it, it is not called with another one that happens to be there.
 * @returns the reason as conditions have it, and a sentence; undefined where it lacks nothing
 */
export function missingSecret(
  set: ResourceSet,
  { metadata, spec }: Resource<"AIBackend">,
): { reason: string; text: string } | undefined {
  const secret = spec.credentials?.secret;
  if (secret === undefined) return undefined;
  const name = qualifiedName({ name: secret.name, namespace: secret.namespace ?? metadata.namespace });
  const found = set.all("Secret").find((candidate) => qualifiedName(candidate.metadata) === name);
  if (found === undefined) return { reason: notFoundReason("Secret"), text: `there is no Secret ${name}` };
  const reference = entryReference(found, secret.entry, "router");
  return typeof reference === "string" ? { reason: "SecretEntryNotFound", text: reference } : undefined;
}
