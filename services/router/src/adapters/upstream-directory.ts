import type { ForwardTarget } from "@sluice/resources/find-target";
import type { SecretReference, Snapshot } from "@sluice/resources/snapshot";
import { connectionFor, type HostOverrides } from "../domain/host-overrides.ts";
import { KeptByRevision } from "./kept-by-revision.ts";
import type { SecretReader } from "./secret-reader.ts";

/** Where requests of a route are forwarded to, and the headers that the gateway adds. */
export interface UpstreamAccess {
  connection: { origin: string; host: string };
  /** The gateway's credential, and what the client's Secret holds for the destination; lower-case names. */
  ownHeaders: Record<string, string>;
}

/** Resolves what the configuration only refers to, once per revision. */
export class UpstreamDirectory {
  readonly #secrets: SecretReader;
  readonly #hostOverrides: HostOverrides;
  readonly #resolved = new KeptByRevision<UpstreamAccess>();

  constructor(secrets: SecretReader, hostOverrides: HostOverrides) {
    this.#secrets = secrets;
    this.#hostOverrides = hostOverrides;
  }

  /**
   * @param clientSecret Secret by whose key the client was let in
   * @throws SluiceError `provider_credential` when a secret is not there or does not open
   */
  async access(
    snapshot: Snapshot,
    { route, upstream, backendName }: ForwardTarget,
    clientSecret: string | undefined,
  ): Promise<UpstreamAccess> {
    return await this.#resolved.get(
      snapshot,
      JSON.stringify([route.name, backendName, clientSecret]),
      async () => {
        const headers = headersOfSecret(snapshot, route, clientSecret).map(
          async ([name, reference]) =>
            [name, await this.#secrets.read(`The route ${route.name}`, reference)] as const,
        );
        const { credential } = upstream;
        const own =
          credential === undefined
            ? {}
            : {
                [credential.header]:
                  credential.prefix +
                  (await this.#secrets.read(`The backend ${backendName}`, credential.secret)),
              };
        return {
          connection: connectionFor(this.#hostOverrides, upstream.origin),
          ownHeaders: { ...Object.fromEntries(await Promise.all(headers)), ...own },
        };
      },
    );
  }
}

function headersOfSecret(
  snapshot: Snapshot,
  { auth }: ForwardTarget["route"],
  secret: string | undefined,
): [string, SecretReference][] {
  if (auth.type === "virtual_key" || secret === undefined) return [];
  const key = snapshot.apiKeyPolicies[auth.policy]?.keys.find((candidate) => candidate.secret === secret);
  return Object.entries(key?.upstreamHeaders ?? {});
}
