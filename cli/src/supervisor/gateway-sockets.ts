import { lookup } from "node:dns/promises";
import net from "node:net";
import { getSystemErrorName } from "node:util";
import { CommandError } from "../command-error.ts";

/** Sockets that are bound to the gateway's address, for the ingress processes to listen on. */
export interface GatewaySockets {
  fileDescriptors: readonly number[];
  close(): void;
}

interface BoundHandle {
  readonly fd: number;
  close(): void;
}

/**
 * What Node's own cluster module shares sockets with; it binds and does not listen, which no documented call does:
 * a process that listens also accepts. Gives a negative error number where it fails.
 */
const { _createServerHandle: bind } = net as unknown as {
  _createServerHandle(address: string, port: number, family: number): BoundHandle | number;
};

/**
 * Binds the gateway's port in this process. All ingress processes listen on the same sockets, so that the
 * connections that wait to be accepted outlive each of them: whichever process is there takes them, and when none
 * is there for a moment, they wait.
 *
 * @throws CommandError when the port is not ours to take
 */
export async function openGatewaySockets({
  host,
  port,
}: {
  host: string;
  port: number;
}): Promise<GatewaySockets> {
  const found = await lookup(host, { all: true });
  // `localhost` has two; any other name stands for one place.
  const addresses = host === "localhost" ? found : found.slice(0, 1);
  const bound = addresses.map(({ address, family }) => bind(address, port, family));
  const handles = bound.filter((handle) => typeof handle !== "number");
  if (handles.length === 0) {
    const code = getSystemErrorName(bound.find((handle) => typeof handle === "number") ?? -1);
    throw new CommandError(
      `The gateway can't listen on ${host}:${port} (${code}): set SLUICE_GATEWAY_HOST or SLUICE_GATEWAY_PORT.`,
    );
  }
  return {
    fileDescriptors: handles.map(({ fd }) => fd),
    close: () => {
      for (const handle of handles.splice(0)) handle.close();
    },
  };
}
