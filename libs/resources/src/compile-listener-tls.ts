import { isForHost } from "./certificate-facts.ts";
import type { ListenerSpec } from "./kinds/virtual-gateway.ts";
import { qualifiedName, type Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";
import { entryReference } from "./sealed-reference.ts";
import type { ListenerCertificate } from "./snapshot.ts";

/**
 * The certificate of a listener. Where it can be had without being opened, it is checked: a certificate that is none, or
 * not that of the key, is a problem; one that is not valid now, or not for the listener's hosts, is warned of.
 * @returns undefined for a listener without TLS; where the certificate is not there, half a sentence that says so, which
 *   is a warning too
 */
export function compileListenerTls(
  set: ResourceSet,
  gateway: Resource<"VirtualGateway">,
  { hosts, tls }: ListenerSpec,
  nowMs: number,
): ListenerCertificate | string | undefined {
  if (tls === undefined) return undefined;
  const { certificate: certificateEntry, key: keyEntry, ...reference } = tls.secret;
  const secret = set.resolve(gateway, "Secret", reference);
  if (typeof secret === "string") return secret;
  const certificate = entryReference(secret, certificateEntry, "ingress");
  const key = entryReference(secret, keyEntry, "ingress");
  for (const missing of [certificate, key]) {
    if (typeof missing !== "string") continue;
    set.warn(gateway, reference.name, missing);
    return missing;
  }
  if (typeof certificate === "string" || typeof key === "string") return undefined;
  const name = qualifiedName(secret.metadata);
  const { sealed = {} } = secret.spec;
  const facts = sealed[certificateEntry]?.ingress;
  const keyFacts = sealed[keyEntry]?.ingress;
  const refuse = (message: string): void => set.refuse(gateway, reference.name, message);
  if (facts !== undefined && facts.certificate === undefined) {
    refuse(`the entry ${certificateEntry} of the Secret ${name} holds no certificate in PEM`);
  }
  if (keyFacts !== undefined && keyFacts.keyOf === undefined) {
    refuse(`the entry ${keyEntry} of the Secret ${name} holds no private key in PEM, or an encrypted one`);
  }
  if (facts?.certificate !== undefined) {
    const { publicKey, validFrom, validUntil } = facts.certificate;
    if (keyFacts?.keyOf !== undefined && keyFacts.keyOf !== publicKey) {
      refuse(
        `the key in the entry ${keyEntry} of the Secret ${name} is not that of the certificate in ${certificateEntry}`,
      );
    }
    const warn = (message: string): void => set.warn(gateway, reference.name, message);
    if (Date.parse(validUntil) <= nowMs)
      warn(`the certificate in the Secret ${name} expired at ${validUntil}`);
    if (Date.parse(validFrom) > nowMs)
      warn(`the certificate in the Secret ${name} is valid from ${validFrom} on`);
    for (const host of hosts) {
      if (host === "*" || isForHost(facts.certificate, host)) continue;
      const own = facts.certificate.hosts.join(", ") || "none";
      warn(`the certificate in the Secret ${name} is not for the host ${host}; it is for ${own}`);
    }
  }
  return { hosts, secret: name, certificate, key };
}
