import type { Listener, ListenerCertificate } from "@sluice/resources/snapshot";
import { CertificateChoice } from "../domain/certificate-choice.ts";
import { certificateNotice } from "../domain/certificate-notice.ts";
import { CertificateError, type CertificateReader, type ReadCertificate } from "./certificate-reader.ts";
import type { ServerTls } from "./http-server.ts";

export type ListenerTls = NonNullable<Listener["tls"]>;

/** The certificates of one port as they were read. */
export class ListenerCertificates {
  readonly #certificates: readonly ReadCertificate[];
  /** Those that can't be had, a sentence without its end each. */
  readonly faults: readonly string[];
  /** What a server shows. */
  readonly shown: ServerTls;

  private constructor(tls: ListenerTls, certificates: readonly ReadCertificate[], faults: readonly string[]) {
    this.#certificates = certificates;
    this.faults = faults;
    const choice = new CertificateChoice(certificates);
    const usual = choice.find();
    if (usual === undefined) throw new CertificateError(faults.join("; ") || "its certificate is not there");
    this.shown = {
      minVersion: tls.minVersion,
      cert: usual.cert,
      key: usual.key,
      contextOf: (serverName) => choice.find(serverName)?.context,
    };
  }

  /**
   * Reads the certificates of a port. In place of one that can't be had stands the last one of the same Secret.
   * @throws CertificateError where there is none at all
   */
  static async read(
    reader: CertificateReader,
    tls: ListenerTls,
    last?: ListenerCertificates,
  ): Promise<ListenerCertificates> {
    const faults: string[] = [];
    const certificates = tls.certificates.map(async (certificate) => {
      try {
        return await reader.read(certificate);
      } catch (error) {
        if (!(error instanceof CertificateError)) throw error;
        faults.push(error.message);
        return last?.of(certificate.secret) ?? [];
      }
    });
    return new ListenerCertificates(tls, (await Promise.all(certificates)).flat(), faults);
  }

  /** The certificate of a Secret. */
  of(secret: string): ReadCertificate | undefined {
    return this.#certificates.find((certificate) => certificate.secret === secret);
  }

  /** Those that expire soon or are not valid now, a sentence each. */
  notices(port: number, nowMs: number): string[] {
    return this.#certificates.flatMap((certificate) => {
      const notice = certificateNotice(certificate, nowMs);
      return notice === undefined
        ? []
        : [`the certificate of port ${port}, in the Secret ${certificate.secret}, ${notice}`];
    });
  }
}

/** Whether what it is may change without the configuration. */
export function isReadFromElsewhere({ certificate, key }: ListenerCertificate): boolean {
  return !("sealed" in certificate) || !("sealed" in key);
}
