import { readFileSync } from "node:fs";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Backend, SecretReference, Snapshot } from "@sluice/resources/snapshot";
import { holdsSealingKey } from "@sluice/sealing/sealing-keys";
import type { SecretOpener } from "./secret-opener.ts";

/** Where a backend is and with which key, its references resolved. */
export interface BackendAccess {
  /** Scheme, host and port. */
  origin: string;
  /** Path of the base URL, without a slash at its end. */
  basePath: string;
  apiKey: string;
}

/**
 * Resolves what the configuration only refers to, once per revision. Keys live in this process's memory and
 * nowhere else.
 */
export class BackendDirectory {
  readonly #environment: Readonly<Record<string, string>>;
  readonly #opener: SecretOpener;
  readonly #resolved = new WeakMap<Snapshot, Map<string, BackendAccess>>();

  constructor(environment: Readonly<Record<string, string>>, opener: SecretOpener) {
    this.#environment = environment;
    this.#opener = opener;
  }

  /**
   * @throws SluiceError `provider_credential` when the key is not there or does not open, `internal` for an address that
   *   is not
   */
  async access(snapshot: Snapshot, name: string, backend: Backend): Promise<BackendAccess> {
    let ofSnapshot = this.#resolved.get(snapshot);
    if (ofSnapshot === undefined) {
      ofSnapshot = new Map();
      this.#resolved.set(snapshot, ofSnapshot);
    }
    let access = ofSnapshot.get(name);
    if (access === undefined) {
      access = await this.#resolve(name, backend);
      ofSnapshot.set(name, access);
    }
    return access;
  }

  async #resolve(name: string, backend: Backend): Promise<BackendAccess> {
    const { baseUrl } = backend;
    const address =
      typeof baseUrl === "string" ? baseUrl : (this.#environment[baseUrl.env] ?? baseUrl.fallback ?? "");
    if (!URL.canParse(address)) {
      throw new SluiceError("internal", `The backend ${name} has no valid base URL.`);
    }
    const url = new URL(address);
    return {
      origin: url.origin,
      basePath: url.pathname.replace(/\/+$/, ""),
      apiKey: await this.#secret(name, backend.apiKey),
    };
  }

  async #secret(name: string, reference: SecretReference): Promise<string> {
    const secret = await this.#read(reference);
    if (secret === undefined || secret.trim() === "") {
      throw new SluiceError("provider_credential", `The backend ${name} has no key: ${remedyOf(reference)}.`);
    }
    // Whoever may write the configuration could have it sent to a provider of their own, and open all secrets by it.
    if (holdsSealingKey(secret)) {
      throw new SluiceError(
        "provider_credential",
        `The backend ${name} has no key: what it refers to is the key that opens the secrets of the mesh.`,
      );
    }
    return secret.trim();
  }

  async #read(reference: SecretReference): Promise<string | undefined> {
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
