/** Something that is for hosts: names, `*.domain`, or `*`. */
interface ForHosts {
  hosts: readonly string[];
}

/**
 * Chooses by the host that a client names in its handshake (SNI): the certificate for that name, else for the longest
 * `*.domain` around it, else for `*`. Who names none, or one that none is for, gets the one for `*`, or the first.
 */
export class CertificateChoice<Certificate extends ForHosts> {
  readonly #byHost = new Map<string, Certificate>();
  readonly #first: Certificate | undefined;

  /** @param certificates of two for the same host the first counts */
  constructor(certificates: readonly Certificate[]) {
    [this.#first] = certificates;
    for (const certificate of certificates) {
      for (const host of certificate.hosts) {
        if (!this.#byHost.has(host)) this.#byHost.set(host, certificate);
      }
    }
  }

  /** @returns undefined where there is no certificate at all */
  find(serverName = ""): Certificate | undefined {
    const host = serverName.toLowerCase();
    const named = this.#byHost.get(host);
    if (named !== undefined) return named;
    for (let dot = host.indexOf("."); dot !== -1; dot = host.indexOf(".", dot + 1)) {
      const around = this.#byHost.get(`*${host.slice(dot)}`);
      if (around !== undefined) return around;
    }
    return this.#byHost.get("*") ?? this.#first;
  }
}
