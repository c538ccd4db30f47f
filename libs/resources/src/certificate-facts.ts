import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";

/** What is public of a certificate, and decides whether it is of use. */
export interface CertificateFacts {
  /** Digest of its public key. */
  publicKey: string;
  /** ISO 8601, UTC. */
  validFrom: string;
  validUntil: string;
  /** The names and addresses that it is for, as they stand in it: `*.example.com` among them. */
  hosts: string[];
}

const certificates = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads a chain of certificates in PEM, of which the first is the server's own.
 * @returns undefined where there is none, or one of them is damaged
 */
export function readCertificate(pem: string): CertificateFacts | undefined {
  try {
    const [own] = (pem.match(certificates) ?? []).map((text) => new X509Certificate(text));
    if (own === undefined) return undefined;
    return {
      publicKey: digestOf(own.publicKey),
      validFrom: own.validFromDate.toISOString(),
      validUntil: own.validToDate.toISOString(),
      hosts: hostsOf(own.subjectAltName ?? ""),
    };
  } catch {
    return undefined;
  }
}

/**
 * Reads a private key in PEM, which must not be encrypted.
 * @returns the digest of the public key that belongs to it; undefined where there is none
 */
export function readPrivateKey(pem: string): string | undefined {
  try {
    return digestOf(createPublicKey(createPrivateKey(pem)));
  } catch {
    return undefined;
  }
}

/** Whether a certificate is for all that a listener's host stands for. */
export function isForHost({ hosts }: Pick<CertificateFacts, "hosts">, host: string): boolean {
  return hosts.some((name) => {
    const own = name.toLowerCase();
    // A wildcard stands for one label (RFC 6125, section 6.4.3).
    return own === host || (own.startsWith("*.") && !host.startsWith("*.") && own === `*${afterLabel(host)}`);
  });
}

/** `api.example.com` as `.example.com`. */
function afterLabel(host: string): string {
  const dot = host.indexOf(".");
  return dot < 0 ? "" : host.slice(dot);
}

function digestOf(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest("base64url");
}

/** `DNS:a.example, IP Address:10.0.0.1` as Node writes them; names with odd characters stand in quotes there. */
function hostsOf(subjectAltName: string): string[] {
  return [...subjectAltName.matchAll(/(?:^|, )(?:DNS|IP Address):([^",]+)/g)].map(([, name = ""]) => name);
}
