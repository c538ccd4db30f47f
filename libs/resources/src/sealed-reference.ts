import { qualifiedName, type Resource } from "./resource.ts";
import type { SecretReference } from "./snapshot.ts";

/** What an entry of a Secret is sealed as: moved to another Secret or entry, it does not open. */
export function sealedName(secret: Pick<Resource, "metadata">, entry: string): string {
  return `Secret ${qualifiedName(secret.metadata)} ${entry}`;
}

/**
 * Where a service finds an entry of a Secret.
 * @returns a reference; or, where there is none, half a sentence that says why
 */
export function entryReference(
  secret: Resource<"Secret">,
  entry: string,
  recipient: "router" | "ingress",
): SecretReference | string {
  const { sealed = {}, env = {}, files = {} } = secret.spec;
  const [variable, file, own] = [env[entry], files[entry], sealed[entry]];
  if (variable !== undefined) return { env: variable };
  if (file !== undefined) return { file };
  if (own === undefined) return `the Secret ${qualifiedName(secret.metadata)} has no entry ${entry}`;
  const text = recipient === "router" ? own.text : own.ingress?.text;
  if (text !== undefined) return { sealed: text, name: sealedName(secret, entry) };
  return `the entry ${entry} of the Secret ${qualifiedName(secret.metadata)} was not sealed for the ${recipient}: apply the Secret again`;
}
