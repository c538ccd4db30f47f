import { createServer } from "node:net";

/**
 * Below the ports that systems give to whoever asks for any (from 32768 on Linux, from 49152 elsewhere), and to
 * every outgoing connection: a port of those is often taken again before it can be used.
 */
const lowestPort = 15_000;
const highestPort = 32_000;
/**
 * Each process begins at a block of its own, by its pid: between the look at a port and its use seconds may pass, in
 * which another process that looks for ports would find the same one free.
 */
const portsOfBlock = 50;
const blocks = (highestPort - lowestPort) / portsOfBlock;
const attempts = 500;

let looked = 0;

/**
 * Finds a TCP port on loopback that nobody listens on; never the same one twice, before it has been through all.
 * Somebody may take it before it is used, so a caller that needs it for certain tries again.
 */
export async function findFreePort(): Promise<number> {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const port =
      lowestPort + (((process.pid % blocks) * portsOfBlock + looked++) % (highestPort - lowestPort));
    if (await isPortFree(port)) return port;
  }
  throw new Error(`None of ${attempts} ports from ${lowestPort} to ${highestPort} was free.`);
}

/** Whether one can listen on this port of this host now. Rejects for errors other than a taken port. */
export async function isPortFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  const server = createServer();
  try {
    await listen(server, port, host);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  }
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return true;
}

function listen(server: ReturnType<typeof createServer>, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host, exclusive: true }, resolve);
  });
}
