import { type NatsUser, natsConfiguration } from "@sluice/servers/nats-configuration";

export interface BusNodesOptions {
  /** Names of the hosts; several make a cluster. */
  nodes: readonly string[];
  /** What JetStream may take up on the disk of each. */
  storeBytes: number;
  users: readonly NatsUser[];
  /** Gives the password by which the nodes know each other; asked for only where there are several. */
  routePassword(): string;
}

export interface BusNodeConfiguration {
  /** Name of the folder that it belongs into: the host's, up to the first dot. */
  folder: string;
  /** Text of the nats-server's configuration. */
  configuration: string;
}

const clientPort = 4222;
/** On loopback, for health checks inside its container. */
const monitorPort = 8222;
/** Where the nodes of a cluster talk to each other. */
const routePort = 6222;
const maxPayloadBytes = 1_048_576;

/** The configuration of each nats-server of a mesh whose parts run apart from each other, as in containers. */
export function busNodeConfigurations(options: BusNodesOptions): BusNodeConfiguration[] {
  const { nodes, storeBytes, users } = options;
  const cluster =
    nodes.length === 1
      ? undefined
      : {
          name: "sluice",
          port: routePort,
          user: "route",
          password: options.routePassword(),
          routes: nodes.map((node) => `${node}:${routePort}`),
        };
  return nodes.map((node) => {
    const [name = node] = node.split(".", 1);
    const configuration = natsConfiguration({
      serverName: name,
      host: "0.0.0.0",
      port: clientPort,
      monitorPort,
      storeFolder: "/data",
      maxStoreBytes: storeBytes,
      maxPayloadBytes,
      users,
      ...(cluster === undefined ? {} : { cluster }),
    });
    return { folder: name, configuration };
  });
}
