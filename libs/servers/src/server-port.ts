import { findFreePort } from "./free-port.ts";
import { ServerError } from "./server-error.ts";

const attempts = 5;

/**
 * Calls `start` with the wanted port, or, when none is wanted, with a free one. A free port can be taken by somebody
 * else before the server binds it; then another one is tried.
 */
export async function onPort<Server>(
  wanted: number | undefined,
  start: (port: number) => Promise<Server>,
): Promise<Server> {
  if (wanted !== undefined) return await start(wanted);
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await findFreePort());
    } catch (error) {
      const isTaken = error instanceof ServerError && error.reason === "port-taken";
      if (!isTaken || attempt === attempts) throw error;
    }
  }
}
