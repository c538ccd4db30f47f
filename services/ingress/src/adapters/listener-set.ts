import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Listener, Snapshot } from "@sluice/resources/snapshot";
import type { Logger } from "@sluice/telemetry/logger";
import type { Connections } from "./connections.ts";
import { createHttpServer, type HttpServer } from "./http-server.ts";
import { stopAccepting } from "./stop-accepting.ts";

export interface ListenerSetOptions {
  host: string;
  /** Ports in place of declared ones. */
  ports: ReadonlyMap<number, number>;
  logger: Logger;
  handle: (request: IncomingMessage, response: ServerResponse, listener: number) => Promise<void>;
  notReadyBecause: () => string[];
}

type OpenListener = { listener: Listener; edge: HttpServer } | { listener: Listener; fault: string };

/**
 * The ports that VirtualGateways declare, opened and closed as the configuration says. One that can't be had is told
 * and tried again with the next revision; it stops nothing else.
 */
export class ListenerSet {
  readonly #options: ListenerSetOptions;
  readonly #open = new Map<number, OpenListener>();
  #work: Promise<void> = Promise.resolve();

  constructor(options: ListenerSetOptions) {
    this.#options = options;
  }

  /** Goes by another revision. Resolves when its ports are open, or known not to be. */
  follow({ listeners }: Pick<Snapshot, "listeners">): Promise<void> {
    this.#work = this.#work.then(() => this.#change(listeners));
    return this.#work;
  }

  /** What can't be listened on, a sentence each. */
  notices(): string[] {
    return [...this.#open.values()].flatMap((open) => ("fault" in open ? [open.fault] : []));
  }

  /** Stops listening. @returns what is still open */
  async close(): Promise<Connections[]> {
    await this.#work;
    const edges = [...this.#open.values()].flatMap((open) => ("edge" in open ? [open.edge] : []));
    this.#open.clear();
    for (const { server, connections } of edges) await stopAccepting(server, () => connections.opened);
    return edges.map(({ connections }) => connections);
  }

  async #change(listeners: readonly Listener[]): Promise<void> {
    const wanted = new Map(listeners.map((listener) => [listener.port, listener]));
    for (const [port, open] of this.#open) {
      if (wanted.has(port) && "edge" in open) continue;
      this.#open.delete(port);
      if (!("edge" in open)) continue;
      await stopAccepting(open.edge.server, () => open.edge.connections.opened);
      open.edge.connections.drain();
    }
    for (const [port, listener] of wanted) {
      if (!this.#open.has(port)) this.#open.set(port, await this.#listen(listener));
    }
  }

  async #listen(listener: Listener): Promise<OpenListener> {
    const { host, ports, logger, handle, notReadyBecause } = this.#options;
    const port = ports.get(listener.port) ?? listener.port;
    const edge = await createHttpServer({
      handle: (request, response) => handle(request, response, listener.port),
      notReadyBecause,
    });
    try {
      // Each ingress of a host listens there; the system gives every connection to one of them.
      edge.server.listen({ host, port, reusePort: process.platform === "linux" });
      await once(edge.server, "listening");
      logger.info({ port, gateway: listener.gateway }, "listening for a gateway");
      return { listener, edge };
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? "no reason is known";
      const fault = `port ${port} of the gateway ${listener.gateway} can't be listened on (${reason})`;
      logger.warn({ err: error, port, gateway: listener.gateway }, "a gateway's port can't be listened on");
      return { listener, fault };
    }
  }
}
