import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openDataFolder } from "./data-folder.ts";
import { findFreePort } from "./free-port.ts";
import { makeKey, type NatsServer, type NatsServerUser, startNatsServer, storeShare } from "./nats-server.ts";
import { ServerError } from "./server-error.ts";

export type NatsClusterOptions = {
  /** How many servers. @default 3 */
  nodes?: number;
  /** A folder in it for each node. @default a temporary folder, deleted by `stop()` */
  dataDir?: string;
  /** Who may connect, to any of the nodes. @default everybody, with all rights */
  users?: readonly NatsServerUser[];
  /** Largest message in bytes. @default 1048576, as nats-server itself */
  maxPayloadBytes?: number;
};

export type NatsNode = {
  /** `node-1` and so on: the name that JetStream tells of its peers and leaders. */
  name: string;
  /** `nats://127.0.0.1:port`; the same at each start. */
  url: string;
  /** Where it tells of its state: `/connz`, `/healthz`, `/jsz`. */
  monitorUrl: string;
  /** Of the process that was started last. */
  readonly pid: number;
  /** Ends it without warning, as a power cut would, and resolves when it has gone. */
  kill(): Promise<void>;
  /** Starts it again, on its ports and with its data, and resolves when it has caught up with the others. */
  restart(): Promise<void>;
};

export type NatsCluster = {
  /** The URLs of all nodes, with commas between them. */
  url: string;
  nodes: readonly NatsNode[];
  /** Seeds of the users that came without a public nkey, by user name. */
  seeds: Record<string, string>;
  /** @throws when there is no node of this name */
  node(name: string): NatsNode;
  stop(): Promise<void>;
};

/** How long the nodes may take to find each other and elect a leader, the recovery of their data included. */
const readyTimeoutMs = 60_000;
const probePauseMs = 50;
/** A port that was free may be taken by the time it is used; then all of them are chosen anew. */
const attempts = 5;

/**
 * Starts nats-servers that are one bus: clients of any of them reach those of all others, and streams may have a
 * copy on each. Resolves when all of them follow one leader of JetStream, so that streams can be made.
 *
 * @throws {ServerError} when nats-server is not installed, or the nodes don't find each other
 */
export async function startNatsCluster(options: NatsClusterOptions = {}): Promise<NatsCluster> {
  const seeds: Record<string, string> = {};
  const users = options.users?.map((user) => ({
    ...user,
    publicNkey: user.publicNkey ?? makeKey(user.name, seeds),
  }));
  for (let attempt = 1; ; attempt++) {
    const folder = openDataFolder(options.dataDir, "nats-cluster");
    const nodes: Node[] = [];
    const stop = async (): Promise<void> => {
      await Promise.all(nodes.map((node) => node.stop()));
      folder.discard();
    };
    try {
      nodes.push(
        ...(await planNodes(folder.path, { ...options, ...(users === undefined ? {} : { users }) })),
      );
      // Each takes connections by itself; that they are one shows when all of them are there.
      await Promise.all(nodes.map((node) => node.start()));
      await Promise.all(nodes.map((node) => node.followsLeader()));
      return {
        url: nodes.map(({ url }) => url).join(","),
        nodes,
        seeds,
        node: (name) => {
          const named = nodes.find((node) => node.name === name);
          if (named === undefined) throw new Error(`The cluster has no node ${name}.`);
          return named;
        },
        stop,
      };
    } catch (error) {
      await stop();
      const isTaken = error instanceof ServerError && error.reason === "port-taken";
      if (!isTaken || attempt === attempts) throw error;
    }
  }
}

async function planNodes(folder: string, options: NatsClusterOptions): Promise<Node[]> {
  const count = options.nodes ?? 3;
  const ports = await freePorts(count * 3);
  const routePorts = ports.slice(0, count);
  const credentials = { user: "route", password: randomBytes(24).toString("hex") };
  const routes = routePorts.map((port) => `127.0.0.1:${port}`);
  const { users, maxPayloadBytes } = options;
  return routePorts.map((routePort, index) => {
    const dataDir = join(folder, `node-${index + 1}`);
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return new Node(ports[count + index] ?? 0, {
      dataDir,
      // They share a disk.
      maxStoreBytes: Math.floor(storeShare(folder) / count),
      ...(users === undefined ? {} : { users }),
      ...(maxPayloadBytes === undefined ? {} : { maxPayloadBytes }),
      node: {
        serverName: `node-${index + 1}`,
        monitorPort: ports[2 * count + index] ?? 0,
        cluster: { name: "sluice", port: routePort, routes, ...credentials },
      },
    });
  });
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await findFreePort());
  return [...ports];
}

type NodeOptions = Parameters<typeof startNatsServer>[0] & {
  node: { serverName: string; monitorPort: number };
};

class Node implements NatsNode {
  readonly name: string;
  readonly url: string;
  readonly monitorUrl: string;
  readonly #port: number;
  readonly #options: NodeOptions;
  #server: NatsServer | undefined;

  constructor(port: number, options: NodeOptions) {
    this.name = options.node.serverName;
    this.url = `nats://127.0.0.1:${port}`;
    this.monitorUrl = `http://127.0.0.1:${options.node.monitorPort}`;
    this.#port = port;
    this.#options = options;
  }

  get pid(): number {
    if (this.#server === undefined) throw new Error(`${this.name} was not started`);
    return this.#server.pid;
  }

  async start(): Promise<void> {
    this.#server = await startNatsServer({ ...this.#options, port: this.#port });
  }

  async kill(): Promise<void> {
    process.kill(this.pid, "SIGKILL");
    await this.#server?.ended;
  }

  async restart(): Promise<void> {
    await this.#server?.stop();
    await this.start();
    await this.followsLeader();
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  /** Resolves when the server calls itself healthy: it knows the leader and is level with it. */
  async followsLeader(): Promise<void> {
    const deadline = performance.now() + readyTimeoutMs;
    let said = "nothing";
    while (performance.now() < deadline) {
      try {
        const response = await fetch(`${this.monitorUrl}/healthz`, { signal: AbortSignal.timeout(2000) });
        said = await response.text();
        if (response.ok) return;
      } catch (error) {
        said = error instanceof Error ? error.message : String(error);
      }
      await delay(probePauseMs);
    }
    throw new ServerError("failed", `nats-server ${this.name} is not part of its cluster; it says: ${said}`);
  }
}
