import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type NatsConnection, nkeyAuthenticator } from "nats";
import type { Mesh } from "./mesh.ts";

/** The operator's key on the bus, from the data folder. */
export async function operatorSeed(mesh: Pick<Mesh, "dataDir">): Promise<string> {
  return (await readFile(join(mesh.dataDir, "bus", "operator.nk"), "utf8")).trim();
}

/** Connects to the bus as the `nats` tool would, with the operator's key from the data folder. */
export async function connectAsOperator(mesh: Pick<Mesh, "nats" | "dataDir">): Promise<NatsConnection> {
  const seed = await operatorSeed(mesh);
  return connect({
    servers: mesh.nats,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
    inboxPrefix: "_INBOX_operator",
  });
}
