import { readFileSync } from "node:fs";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Backend, SecretReference, Snapshot } from "@sluice/resources/snapshot";

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
  readonly #resolved = new WeakMap<Snapshot, Map<string, BackendAccess>>();

  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment;
  }

  /** @throws SluiceError `provider_credential` when the key is not there, `internal` for an address that is not */
  access(snapshot: Snapshot, name: string, backend: Backend): BackendAccess {
    let ofSnapshot = this.#resolved.get(snapshot);
    if (ofSnapshot === undefined) {
      ofSnapshot = new Map();
      this.#resolved.set(snapshot, ofSnapshot);
    }
    let access = ofSnapshot.get(name);
    if (access === undefined) {
      access = this.#resolve(name, backend);
      ofSnapshot.set(name, access);
    }
    return access;
  }

  #resolve(name: string, backend: Backend): BackendAccess {
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
      apiKey: this.#secret(name, backend.apiKey),
    };
  }

  #secret(name: string, reference: SecretReference): string {
    const where = "env" in reference ? `the variable ${reference.env}` : `the file ${reference.file}`;
    const secret = "env" in reference ? this.#environment[reference.env] : readSecretFile(reference.file);
    if (secret !== undefined && secret.trim() !== "") return secret.trim();
    throw new SluiceError(
      "provider_credential",
      `The backend ${name} has no key: set ${where} of the router.`,
    );
  }
}

function readSecretFile(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
