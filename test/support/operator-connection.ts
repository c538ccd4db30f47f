import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connect, type NatsConnection, nkeyAuthenticator } from "nats";
import type { Mesh } from "./mesh.ts";

/** Connects to the bus as the `nats` tool would, with the operator's key from the data folder. */
export async function connectAsOperator(mesh: Pick<Mesh, "nats" | "dataDir">): Promise<NatsConnection> {
  const seed = (await readFile(join(mesh.dataDir, "bus", "operator.nk"), "utf8")).trim();
  return connect({
    servers: mesh.nats,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
    inboxPrefix: "_INBOX_operator",
  });
}
