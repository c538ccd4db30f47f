import { Redis } from "ioredis";
import { connect } from "nats";
import pg from "pg";
import { afterEach, expect, test } from "vitest";
import { startTestNatsServer, startTestPostgres, startTestRedisServer } from "./test-servers.ts";

/** On the backend of the run, so that a run on containers shows that they are alike. */
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test("nats-server takes only the users it was given, ends when it is killed, and has JetStream", async () => {
  const users = [{ name: "writer", publish: [">"], subscribe: [">"] }];
  const first = await startTestNatsServer({ users });
  cleanups.push(() => first.stop());
  await expect(connect({ servers: first.url, maxReconnectAttempts: 0 })).rejects.toThrow(/authorization/i);
  process.kill(first.pid, "SIGKILL");
  expect(await first.ended).toMatch(/signal (SIGKILL|9)/);

  const bare = await startTestNatsServer();
  cleanups.push(() => bare.stop());
  const connection = await connect({ servers: bare.url });
  cleanups.push(() => connection.close());
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: "ORDERS", subjects: ["orders"] });
  expect((await connection.jetstream().publish("orders", "one")).seq).toBe(1);
});

test("redis-server asks for its password", async () => {
  const server = await startTestRedisServer();
  cleanups.push(() => server.stop());
  const redis = new Redis(server.url, { lazyConnect: true, retryStrategy: () => null });
  cleanups.push(async () => redis.disconnect());
  expect(await redis.ping()).toBe("PONG");
  const stranger = new Redis(`redis://127.0.0.1:${server.port}`, {
    lazyConnect: true,
    retryStrategy: () => null,
  });
  stranger.on("error", () => {});
  cleanups.push(async () => stranger.disconnect());
  await expect(stranger.get("counter")).rejects.toThrow();
});

test("PostgreSQL is empty, and has what was committed when it was killed and started again", async () => {
  const server = await startTestPostgres({ survivesKill: true });
  cleanups.push(() => server.stop());
  const ask = async (statement: string): Promise<unknown[]> => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  };
  await ask("create table kept as select 1 as one");
  process.kill(server.pid, "SIGKILL");
  await server.restart();
  expect(await ask("select one from kept")).toEqual([{ one: 1 }]);
});
