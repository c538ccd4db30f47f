import { readFile } from "node:fs/promises";
import type { Introspection } from "@sluice/resources/access-policy";
import { isApiKeyDigestKey } from "@sluice/sealing/api-key-digest";
import { holdsSealingKey } from "@sluice/sealing/sealing-keys";

/**
 * Reads what auth shows an authorization server. It is read each time, so that it can be changed where it is.
 * @throws Error that names the place where there is none
 */
export async function readClientSecret(
  environment: Readonly<Record<string, string>>,
  source: Introspection["clientSecret"],
): Promise<string> {
  const secret = "env" in source ? environment[source.env] : await readSecretFile(source.file);
  const found = secret?.trim() ?? "";
  // Whoever writes the configuration could have it sent to a server of their own.
  if (found !== "" && !isApiKeyDigestKey(found) && !holdsSealingKey(found) && !isNkeySeed(found))
    return found;
  const where = "env" in source ? `the variable ${source.env}` : `the file ${source.file}`;
  throw new Error(`${where} of auth has no secret for the authorization server`);
}

/** The key of a service on the bus. */
function isNkeySeed(text: string): boolean {
  return /^S[UANOXC][A-Z2-7]{56}$/.test(text);
}

async function readSecretFile(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch {
    return undefined;
  }
}
