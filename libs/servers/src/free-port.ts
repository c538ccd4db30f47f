import { createServer } from "node:net";

/**
 * Asks the system for a TCP port on loopback that nobody listens on.
 * Somebody may take it before it is used, so a caller that needs it for certain tries again.
 */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await listen(server, 0, "127.0.0.1");
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new Error("The system gave no TCP port.");
  return address.port;
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
