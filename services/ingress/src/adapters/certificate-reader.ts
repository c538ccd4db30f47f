import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContext } from "node:tls";
import type { ListenerCertificate, SecretReference } from "@sluice/resources/snapshot";
import { open } from "@sluice/sealing/open";

/** A certificate ready to be shown. */
export interface ReadCertificate {
  /** Hosts that it is for: a name, `*.domain`, or `*`. */
  hosts: readonly string[];
  /** Secret that holds it. */
  secret: string;
  /** PEM. */
  cert: string;
  key: string;
  context: SecureContext;
  /** Epoch milliseconds. */
  validFromMs: number;
  validUntilMs: number;
}

/** A certificate can't be shown to clients. The message says which and why, and nothing of the key. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
}

/** Reads certificates and their keys. They live in this process's memory and nowhere else. */
export class CertificateReader {
  readonly #environment: Readonly<Record<string, unknown>>;
  readonly #sealingKey: string | undefined;

  constructor(environment: Readonly<Record<string, unknown>>, sealingKey: string | undefined) {
    this.#environment = environment;
    this.#sealingKey = sealingKey;
  }

  /** @throws CertificateError when it is not there, does not open, or is no certificate with its key */
  async read({ hosts, secret, certificate, key }: ListenerCertificate): Promise<ReadCertificate> {
    const cert = await this.#find(secret, certificate);
    const privateKey = await this.#find(secret, key);
    try {
      const { validFromDate, validToDate } = new X509Certificate(cert);
      return {
        hosts,
        secret,
        cert,
        key: privateKey,
        // Refused where the key is another one's.
        context: createSecureContext({ cert, key: privateKey }),
        validFromMs: validFromDate.getTime(),
        validUntilMs: validToDate.getTime(),
      };
    } catch (cause) {
      const text = `the Secret ${secret} holds no certificate with its key (${codeOf(cause)})`;
      throw new CertificateError(text, { cause });
    }
  }

  async #find(secret: string, reference: SecretReference): Promise<string> {
    if ("env" in reference) {
      const value = this.#environment[reference.env];
      if (typeof value === "string" && value !== "") return value;
      throw new CertificateError(`the Secret ${secret} needs the variable ${reference.env} of the ingress`);
    }
    try {
      if ("file" in reference) return await readFile(reference.file, "utf8");
      if (this.#sealingKey === undefined) {
        throw new CertificateError(
          `${reference.name} can't be opened: set the variable SLUICE_SEALING_INGRESS_KEY of the ingress`,
        );
      }
      return await open(this.#sealingKey, reference.sealed, reference.name);
    } catch (cause) {
      if (cause instanceof CertificateError) throw cause;
      throw new CertificateError(
        "file" in reference
          ? `the Secret ${secret} needs the file ${reference.file} of the ingress (${codeOf(cause)})`
          : `${reference.name} can't be opened with the ingress's key: apply it again`,
        { cause },
      );
    }
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "no reason is known";
}
