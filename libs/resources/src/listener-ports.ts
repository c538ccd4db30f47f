import type { ListenerSpec } from "./kinds/virtual-gateway.ts";
import type { Listener, ListenerCertificate } from "./snapshot.ts";

interface ClaimedPort {
  /** Gateways, each with the hosts that it has there and the Secret of the certificate for each. */
  gateways: Map<string, Map<string, string | undefined>>;
  /** @default undefined: plain HTTP */
  minVersion: "1.2" | "1.3" | undefined;
  certificates: ListenerCertificate[];
}

/** The ports that gateways ask for. Several may share one: gateways for different hosts, with certificates of their own. */
export class ListenerPorts {
  readonly #ports = new Map<number, ClaimedPort>();

  /** @returns half a sentence that says why a listener can't have its port; undefined where it has it */
  claim(gateway: string, { port, hosts, tls }: ListenerSpec): string | undefined {
    const claimed = this.#ports.get(port);
    const secret = tls && JSON.stringify(tls.secret);
    if (claimed !== undefined) {
      for (const [other, own] of claimed.gateways) {
        const shared = hosts.find((host) => own.has(host));
        if (shared === undefined) continue;
        const where = shared === "*" ? "" : ` for the host ${shared}`;
        if (other !== gateway) return `the gateway ${other} listens on port ${port} already${where}`;
        if (own.get(shared) !== secret) return `port ${port} has two certificates for the host ${shared}`;
      }
      if ((claimed.minVersion === undefined) !== (tls === undefined)) {
        return `port ${port} is to be served with tls and without it; it can be one of them`;
      }
      if (claimed.minVersion !== tls?.minVersion) {
        return `port ${port} has two values of tls.minVersion, ${claimed.minVersion} and ${tls?.minVersion}; it can have one`;
      }
    }
    const { gateways, ...facts } = claimed ?? {
      gateways: new Map<string, Map<string, string | undefined>>(),
      minVersion: tls?.minVersion,
      certificates: [],
    };
    const own = gateways.get(gateway) ?? new Map<string, string | undefined>();
    for (const host of hosts) own.set(host, secret);
    gateways.set(gateway, own);
    this.#ports.set(port, { gateways, ...facts });
    return undefined;
  }

  /** Gives a port that was claimed a certificate to show. */
  addCertificate(port: number, certificate: ListenerCertificate): void {
    this.#ports.get(port)?.certificates.push(certificate);
  }

  listeners(): Listener[] {
    return [...this.#ports].map(([port, { gateways, minVersion, certificates }]) => ({
      port,
      gateway: [...gateways.keys()].join(", "),
      ...(minVersion === undefined
        ? {}
        : { tls: { minVersion: `TLSv${minVersion}` as const, certificates } }),
    }));
  }
}
