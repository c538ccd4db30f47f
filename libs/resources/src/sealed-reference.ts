import { qualifiedName, type Resource } from "./resource.ts";
import type { SecretReference } from "./snapshot.ts";

/** What an entry of a Secret is sealed as: moved to another Secret or entry, it does not open. */
export function sealedName(secret: Pick<Resource, "metadata">, entry: string): string {
  return `Secret ${qualifiedName(secret.metadata)} ${entry}`;
}

/** @returns undefined when the Secret has no such entry */
export function sealedReference(secret: Resource<"Secret">, entry: string): SecretReference | undefined {
  const sealed = secret.spec.sealed?.[entry];
  return sealed === undefined ? undefined : { sealed: sealed.text, name: sealedName(secret, entry) };
}
