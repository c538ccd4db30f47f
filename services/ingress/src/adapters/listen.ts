import { lookup } from "node:dns/promises";
import { once } from "node:events";
import type { Server } from "node:http";

/** Where the gateway listens: at an address of its own, or at sockets that its parent process has opened. */
export type ListenAt =
  | {
      host: string;
      /** 0 takes any free one. */
      port: number;
      /** Whether other processes may listen there too (Linux). */
      reusePort: boolean;
    }
  | { fileDescriptors: readonly number[] };

/** Connections wait here for a process that is started again; the kernel takes no more than `somaxconn`. */
const backlog = 4096;

/**
 * Opens a server for each address: `localhost` usually has two.
 * @returns the servers, and the URL of the first
 * @throws the system's error when the first address, or a socket, can't be listened on
 */
export async function listen<Edge extends { server: Server }>(
  at: ListenAt,
  createEdge: () => Promise<Edge>,
): Promise<{ edges: Edge[]; url: string }> {
  const first = await createEdge();
  const edges = [first];
  if ("fileDescriptors" in at) {
    const [fd, ...further] = at.fileDescriptors;
    await opened(first.server, { fd });
    for (const next of further) {
      const edge = await createEdge();
      await opened(edge.server, { fd: next });
      edges.push(edge);
    }
    return { edges, url: urlOf(first.server) };
  }
  const { host, port, reusePort } = at;
  const addresses = host === "localhost" ? await lookup(host, { all: true }) : [{ address: host }];
  const [address = { address: host }, ...others] = addresses;
  await opened(first.server, { host: address.address, port, reusePort });
  const { port: taken } = addressOf(first.server);
  for (const other of others) {
    const edge = await createEdge();
    try {
      await opened(edge.server, { host: other.address, port: taken, reusePort });
      edges.push(edge);
    } catch {
      // A name may have an address that this machine does not.
    }
  }
  return { edges, url: urlOf(first.server) };
}

async function opened(server: Server, where: object): Promise<void> {
  server.listen(where, backlog);
  await once(server, "listening");
}

function addressOf(server: Server): { address: string; port: number; family: string } {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no address.");
  return address;
}

function urlOf(server: Server): string {
  const { address, port, family } = addressOf(server);
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}
