import { startNatsServer } from "../nats-server.ts";
import { startPostgres } from "../postgres-server.ts";
import { startRedisServer } from "../redis-server.ts";

/** Run as a process of its own: starts the servers, says their pids and data folders, and stays until it is killed. */
const [nats, redis, postgres] = await Promise.all([startNatsServer(), startRedisServer(), startPostgres()]);
process.send?.({
  pids: [nats.pid, redis.pid, postgres.pid],
  folders: [nats.dataDir, redis.dataDir, postgres.dataDir],
});
process.on("message", () => {});
