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

export type NatsConfiguration = {
  serverName: string;
  port: number;
  /** Folder of JetStream's files. */
  storeFolder: string;
  /** Largest message in bytes. */
  maxPayloadBytes: number;
  /** Nobody else may connect; without users everybody may. */
  users?: readonly NatsUser[];
};

/** Writes the configuration file of a nats-server: loopback only, JetStream on disk. Works from 2.9 on. */
export function natsConfiguration(configuration: NatsConfiguration): string {
  const lines = [
    `server_name: ${quote(configuration.serverName)}`,
    `listen: "127.0.0.1:${configuration.port}"`,
    `max_payload: ${configuration.maxPayloadBytes}`,
    `jetstream { store_dir: ${quote(configuration.storeFolder)} }`,
  ];
  if (configuration.users !== undefined) {
    lines.push("authorization {", "  users = [", ...configuration.users.map(userLine), "  ]", "}");
  }
  return `${lines.join("\n")}\n`;
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
