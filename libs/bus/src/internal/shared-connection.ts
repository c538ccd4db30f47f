import type { NatsConnection } from "nats";
import type { InProcessHub } from "../in-process-hub.ts";

interface SharedConnection {
  opening: Promise<NatsConnection>;
  users: number;
}

const shared = new WeakMap<InProcessHub, SharedConnection>();

/**
 * The connection that the buses of a hub have in common: the first opens it, the last to close it does.
 * @throws what `open` throws; whoever comes next tries anew
 */
export async function joinConnection(
  hub: InProcessHub,
  open: () => Promise<NatsConnection>,
  closeForGood: (connection: NatsConnection) => Promise<void>,
): Promise<{ connection: NatsConnection; close: () => Promise<void> }> {
  const common = shared.get(hub) ?? { opening: open(), users: 0 };
  shared.set(hub, common);
  common.users++;
  let left = false;
  const leave = (): boolean => {
    if (left) return false;
    left = true;
    common.users--;
    if (common.users === 0 && shared.get(hub) === common) shared.delete(hub);
    return common.users === 0;
  };
  try {
    const connection = await common.opening;
    return {
      connection,
      close: async () => {
        if (leave()) await closeForGood(connection);
        // With a connection that is down there is nobody to send to.
        else await connection.flush().catch(() => undefined);
      },
    };
  } catch (error) {
    leave();
    throw error;
  }
}
