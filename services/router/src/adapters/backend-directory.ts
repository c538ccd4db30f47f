import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Backend, Snapshot } from "@sluice/resources/snapshot";
import { connectionFor, type HostOverrides } from "../domain/host-overrides.ts";
import { KeptByRevision } from "./kept-by-revision.ts";
import type { SecretReader } from "./secret-reader.ts";

/** Where a backend is and with which key, its references resolved. */
export interface BackendAccess {
  /** Scheme, host and port to connect to. */
  origin: string;
  /** The `host` header. */
  host: string;
  /** Path of the base URL, without a slash at its end. */
  basePath: string;
  apiKey: string;
}

export interface BackendDirectoryOptions {
  environment: Readonly<Record<string, string>>;
  secrets: SecretReader;
  hostOverrides: HostOverrides;
}

/** Resolves what the configuration only refers to, once per revision. */
export class BackendDirectory {
  readonly #options: BackendDirectoryOptions;
  readonly #resolved = new KeptByRevision<BackendAccess>();

  constructor(options: BackendDirectoryOptions) {
    this.#options = options;
  }

  /**
   * @throws SluiceError `provider_credential` when the key is not there or does not open, `internal` for an address that
   *   is not
   */
  async access(snapshot: Snapshot, name: string, backend: Backend): Promise<BackendAccess> {
    return await this.#resolved.get(snapshot, name, () => this.#resolve(name, backend));
  }

  async #resolve(name: string, { baseUrl, apiKey }: Backend): Promise<BackendAccess> {
    const { environment, secrets, hostOverrides } = this.#options;
    const address =
      typeof baseUrl === "string" ? baseUrl : (environment[baseUrl.env] ?? baseUrl.fallback ?? "");
    if (!URL.canParse(address)) {
      throw new SluiceError("internal", `The backend ${name} has no valid base URL.`);
    }
    const url = new URL(address);
    return {
      ...connectionFor(hostOverrides, url.origin),
      basePath: url.pathname.replace(/\/+$/, ""),
      apiKey: await secrets.read(`The backend ${name}`, apiKey),
    };
  }
}
