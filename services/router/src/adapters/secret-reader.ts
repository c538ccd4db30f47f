import { readFileSync } from "node:fs";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { SecretReference } from "@sluice/resources/snapshot";
import { holdsSealingKey } from "@sluice/sealing/sealing-keys";
import type { SecretOpener } from "./secret-opener.ts";

/** Reads secrets that the configuration refers to. They live in this process's memory and nowhere else. */
export class SecretReader {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #opener: SecretOpener;

  constructor(environment: Readonly<Record<string, string>>, opener: SecretOpener) {
    this.#environment = environment;
    this.#opener = opener;
  }

  /**
   * @param owner who needs it, as a message names it: `The backend openai`
   * @throws SluiceError `provider_credential` when it is not there or does not open
   */
  async read(owner: string, reference: SecretReference): Promise<string> {
    const secret = await this.#find(reference);
    if (secret === undefined || secret.trim() === "") {
      throw new SluiceError("provider_credential", `${owner} has no key: ${remedyOf(reference)}.`);
    }
    // Whoever may write the configuration could have it sent to a provider of their own, and open all secrets by it.
    if (holdsSealingKey(secret)) {
      throw new SluiceError(
        "provider_credential",
        `${owner} has no key: what it refers to is the key that opens the secrets of the mesh.`,
      );
    }
    return secret.trim();
  }

  async #find(reference: SecretReference): Promise<string | undefined> {
    if ("env" in reference) return this.#environment[reference.env];
    if ("file" in reference) return readSecretFile(reference.file);
    return await this.#opener.open(reference);
  }
}

function remedyOf(reference: SecretReference): string {
  if ("env" in reference) return `set the variable ${reference.env} of the router`;
  if ("file" in reference) return `set the file ${reference.file} of the router`;
  return `${reference.name} is empty`;
}

function readSecretFile(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
