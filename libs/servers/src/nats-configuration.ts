export type NatsUser = {
  name: string;
  /** Public half of the user's nkey, `U…`. */
  publicNkey: string;
  /** Subjects the user may publish to; wildcards as in NATS. */
  publish: readonly string[];
  /** Subjects the user may subscribe to. */
  subscribe: readonly string[];
  /** Whether the user may answer any request it receives, to whatever reply subject it names. @default false */
  allowResponses?: boolean;
};

/** The place of a server in a cluster. */
export type NatsClusterPlace = {
  /** Name of the cluster, the same on all of its nodes. */
  name: string;
  /** Where this node takes the others' routes, at the same address as its clients. */
  port: number;
  /** What the nodes know each other by: letters and digits. */
  user: string;
  password: string;
  /** Where all nodes take routes, this one among them, as `127.0.0.1:6222`. */
  routes: readonly string[];
};

export type NatsConfiguration = {
  /** In a cluster, the same at each start: its copies of the streams go by it. */
  serverName: string;
  port: number;
  /** Where it takes connections, as `0.0.0.0` in a container, which has a network of its own. @default 127.0.0.1 */
  host?: string;
  /** Folder of JetStream's files. */
  storeFolder: string;
  /** What JetStream's streams may take up together. */
  maxStoreBytes: number;
  /** Largest message in bytes. */
  maxPayloadBytes: number;
  /** Nobody else may connect; without users everybody may. */
  users?: readonly NatsUser[];
  /** @default undefined (a server of its own) */
  cluster?: NatsClusterPlace;
  /** Where it tells of its state, to everybody on this machine. @default undefined (nowhere) */
  monitorPort?: number;
};

/** Writes the configuration file of a nats-server with JetStream on disk. Works from 2.9 on. */
export function natsConfiguration(configuration: NatsConfiguration): string {
  const { host = "127.0.0.1" } = configuration;
  const lines = [
    `server_name: ${quote(configuration.serverName)}`,
    `listen: "${host}:${configuration.port}"`,
    `max_payload: ${configuration.maxPayloadBytes}`,
    // Without a size the server takes what is free when it starts: on a full disk it would not find room for the
    // streams that it has.
    `jetstream { store_dir: ${quote(configuration.storeFolder)}, max_file: ${configuration.maxStoreBytes} }`,
  ];
  if (configuration.users !== undefined) {
    lines.push("authorization {", "  users = [", ...configuration.users.map(userLine), "  ]", "}");
  }
  if (configuration.monitorPort !== undefined) lines.push(`http: "127.0.0.1:${configuration.monitorPort}"`);
  if (configuration.cluster !== undefined) lines.push(...clusterLines(configuration.cluster, host));
  return `${lines.join("\n")}\n`;
}

function clusterLines({ name, port, user, password, routes }: NatsClusterPlace, host: string): string[] {
  const urls = routes.map((route) => quote(`nats-route://${user}:${password}@${route}`));
  return [
    "cluster {",
    `  name: ${quote(name)}`,
    `  listen: "${host}:${port}"`,
    `  authorization { user: ${quote(user)}, password: ${quote(password)}, timeout: 5 }`,
    `  routes = [${urls.join(", ")}]`,
    "}",
  ];
}

function userLine(user: NatsUser): string {
  const responses = user.allowResponses === true ? ', allow_responses: { max: 1, expires: "1m" }' : "";
  const permissions = `publish: { allow: ${list(user.publish)} }, subscribe: { allow: ${list(user.subscribe)} }${responses}`;
  return `    { nkey: ${user.publicNkey}, permissions: { ${permissions} } } # ${user.name}`;
}

/** An empty list of allowed subjects would allow all of them, so it is written as one that forbids all. */
function list(subjects: readonly string[]): string {
  return subjects.length === 0 ? '[], deny: [">"]' : `[${subjects.map(quote).join(", ")}]`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
