import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isDeepStrictEqual } from "node:util";
import type { Listener, Snapshot } from "@sluice/resources/snapshot";
import type { Logger } from "@sluice/telemetry/logger";
import { CertificateError, type CertificateReader } from "./certificate-reader.ts";
import type { Connections } from "./connections.ts";
import { createHttpServer, type HttpServer } from "./http-server.ts";
import { isReadFromElsewhere, ListenerCertificates } from "./listener-certificates.ts";
import { stopAccepting } from "./stop-accepting.ts";

export interface ListenerSetOptions {
  host: string;
  /** Ports in place of declared ones. */
  ports: ReadonlyMap<number, number>;
  certificates: CertificateReader;
  logger: Logger;
  handle: (request: IncomingMessage, response: ServerResponse, listener: number) => Promise<void>;
  notReadyBecause: () => string[];
  /** How often certificates that stand in files are looked at. @default 30000 */
  certificateLookMs?: number;
}

interface OpenListener {
  listener: Listener;
  /** Undefined where the port can't be served. */
  edge?: HttpServer;
  certificates?: ListenerCertificates;
  /** What is wrong with it, as a sentence. */
  fault?: string;
}

const usualCertificateLookMs = 30_000;

/**
 * The ports that VirtualGateways declare, opened and closed as the configuration says. One that can't be had is told
 * and tried again with the next revision; it stops nothing else. A port with TLS is never served without: where its
 * certificate is not there, it is closed.
 */
export class ListenerSet {
  readonly #options: ListenerSetOptions;
  readonly #open = new Map<number, OpenListener>();
  readonly #look: NodeJS.Timeout;
  #work: Promise<void> = Promise.resolve();

  constructor(options: ListenerSetOptions) {
    this.#options = options;
    const look = (): void => {
      this.#work = this.#work.then(() => this.#lookAtFiles());
    };
    this.#look = setInterval(look, options.certificateLookMs ?? usualCertificateLookMs).unref();
  }

  /** Goes by another revision. Resolves when its ports are open, or known not to be. */
  follow({ listeners }: Pick<Snapshot, "listeners">): Promise<void> {
    this.#work = this.#work.then(() => this.#change(listeners));
    return this.#work;
  }

  /** What can't be listened on, and certificates that expire soon, a sentence each. */
  notices(): string[] {
    return [...this.#open].flatMap(([port, { fault, certificates }]) => [
      ...(fault === undefined ? [] : [fault]),
      ...(certificates?.notices(port, Date.now()) ?? []),
    ]);
  }

  /** Stops listening. @returns what is still open */
  async close(): Promise<Connections[]> {
    clearInterval(this.#look);
    await this.#work;
    const edges = [...this.#open.values()].flatMap(({ edge }) => edge ?? []);
    this.#open.clear();
    for (const { server, connections } of edges) await stopAccepting(server, () => connections.opened);
    return edges.map(({ connections }) => connections);
  }

  async #change(listeners: readonly Listener[]): Promise<void> {
    const wanted = new Map(listeners.map((listener) => [listener.port, listener]));
    for (const [port, { listener, edge }] of this.#open) {
      const next = wanted.get(port);
      if (edge !== undefined && next !== undefined && canTakeOver(listener, next)) continue;
      this.#open.delete(port);
      if (edge === undefined) continue;
      await stopAccepting(edge.server, () => edge.connections.opened);
      edge.connections.drain();
    }
    for (const [port, listener] of wanted) {
      const open = this.#open.get(port);
      if (open === undefined) this.#open.set(port, await this.#listen(listener));
      else await this.#renew(open, listener);
    }
  }

  async #listen(listener: Listener): Promise<OpenListener> {
    const { host, ports, logger, handle, notReadyBecause } = this.#options;
    const { gateway } = listener;
    const port = ports.get(listener.port) ?? listener.port;
    try {
      const certificates = await this.#certificatesOf(listener);
      const edge = await createHttpServer({
        handle: (request, response) => handle(request, response, listener.port),
        notReadyBecause,
        ...(certificates === undefined ? {} : { tls: certificates.shown }),
      });
      // Each ingress of a host listens there; the system gives every connection to one of them.
      edge.server.listen({ host, port, reusePort: process.platform === "linux" });
      await once(edge.server, "listening");
      logger.info({ port, gateway, tls: certificates !== undefined }, "listening for a gateway");
      const open = { listener, edge };
      return certificates === undefined ? open : this.#withCertificates(open, certificates);
    } catch (error) {
      logger.warn({ err: error, port, gateway }, "a gateway's port can't be listened on");
      const reason =
        error instanceof CertificateError
          ? error.message
          : ((error as NodeJS.ErrnoException).code ?? "no reason is known");
      return { listener, fault: `port ${port} of the gateway ${gateway} can't be listened on (${reason})` };
    }
  }

  /** Shows the certificates of another revision to those who connect from now on. */
  async #renew(open: OpenListener, listener: Listener): Promise<void> {
    const isSame =
      isDeepStrictEqual(open.listener.tls, listener.tls) &&
      !(listener.tls?.certificates.some(isReadFromElsewhere) ?? false);
    open.listener = listener;
    if (isSame && open.fault === undefined) return;
    try {
      const certificates = await this.#certificatesOf(listener, open.certificates);
      if (certificates === undefined) return;
      open.edge?.showCertificates(certificates.shown);
      this.#withCertificates(open, certificates);
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error;
      this.#fault(open, error.message);
    }
  }

  /** Keeps what was read, and tells once of what could not be. */
  #withCertificates(open: OpenListener, certificates: ListenerCertificates): OpenListener {
    const [first] = certificates.faults;
    open.certificates = certificates;
    if (first === undefined) delete open.fault;
    else this.#fault(open, certificates.faults.join("; "));
    return open;
  }

  #fault(open: OpenListener, reason: string): void {
    const { port, gateway } = open.listener;
    const fault = `port ${port} of the gateway ${gateway} can't show a certificate (${reason})`;
    if (fault !== open.fault) {
      this.#options.logger.warn({ port, gateway, reason }, "a certificate can't be shown");
    }
    open.fault = fault;
  }

  async #certificatesOf(
    { tls }: Listener,
    last?: ListenerCertificates,
  ): Promise<ListenerCertificates | undefined> {
    return tls === undefined
      ? undefined
      : await ListenerCertificates.read(this.#options.certificates, tls, last);
  }

  async #lookAtFiles(): Promise<void> {
    for (const open of [...this.#open.values()]) {
      const { listener, edge } = open;
      if (edge === undefined || listener.tls?.certificates.some(isReadFromElsewhere) !== true) continue;
      await this.#renew(open, listener);
    }
  }
}

/** Whether a server that is open for one listener can serve another at the same port. */
function canTakeOver(open: Listener, next: Listener): boolean {
  if (next.tls === undefined) return open.tls === undefined;
  return open.tls !== undefined && next.tls.certificates.length > 0;
}
