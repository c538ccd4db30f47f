import { matchesLabels, type Reference } from "./kinds/metadata.ts";
import { isOfKind, qualifiedName, type Resource } from "./resource.ts";

/** Services that open sealed entries. */
export interface SecretRecipients {
  router: boolean;
  /** `likely` where nothing refers to the entry yet. */
  ingress: "needed" | "likely" | "no";
}

/** Of a Secret of this type the certificate and its key are for listeners, whether one refers to it yet or not. */
const certificateType = "kubernetes.io/tls";
const certificateEntries = ["tls.crt", "tls.key"];

/**
 * Which services need which entries of Secrets. An entry is sealed for those alone: what is a listener's is for the
 * ingress, all else for the router.
 */
export class SecretUses {
  readonly #ofRouter = new Set<string>();
  readonly #ofIngress = new Set<string>();

  /** @param resources all that there are in the revision */
  constructor(resources: readonly Resource[]) {
    for (const resource of resources) {
      if (isOfKind(resource, "AIBackend")) {
        const secret = resource.spec.credentials?.secret;
        if (secret !== undefined) this.#ofRouter.add(keyOf(resource, secret, secret.entry));
      } else if (isOfKind(resource, "AuthPolicy")) this.#addHeaders(resource, resources);
      else if (isOfKind(resource, "VirtualGateway")) {
        for (const { tls } of resource.spec.listeners) {
          if (tls === undefined) continue;
          for (const entry of [tls.secret.certificate, tls.secret.key]) {
            this.#ofIngress.add(keyOf(resource, tls.secret, entry));
          }
        }
      }
    }
  }

  recipientsOf(secret: Resource<"Secret">, entry: string): SecretRecipients {
    const key = keyOf(secret, secret.metadata, entry);
    const isTyped = secret.spec.type === certificateType && certificateEntries.includes(entry);
    const ingress = this.#ofIngress.has(key) ? "needed" : isTyped ? "likely" : "no";
    return { ingress, router: ingress === "no" || this.#ofRouter.has(key) };
  }

  /** What an AuthPolicy takes for the destination, of every Secret that it chooses. */
  #addHeaders({ metadata, spec }: Resource<"AuthPolicy">, resources: readonly Resource[]): void {
    if (spec.apiKey === undefined) return;
    const { secrets, upstreamHeaders } = spec.apiKey;
    for (const secret of resources) {
      if (!isOfKind(secret, "Secret") || secret.metadata.namespace !== metadata.namespace) continue;
      if (!matchesLabels(secret.metadata.labels, secrets.labels)) continue;
      for (const entry of Object.values(upstreamHeaders)) {
        this.#ofRouter.add(keyOf(secret, secret.metadata, entry));
      }
    }
  }
}

function keyOf(
  { metadata }: Resource,
  { name, namespace = metadata.namespace }: Reference,
  entry: string,
): string {
  return `${qualifiedName({ name, namespace })} ${entry}`;
}
