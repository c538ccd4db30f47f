import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, expect, test } from "vitest";
import { isAlive } from "./process-alive.ts";
import { type RedisServer, type RedisServerOptions, startRedisServer } from "./redis-server.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options: RedisServerOptions): Promise<RedisServer> {
  const server = await startRedisServer(options);
  cleanups.push(() => server.stop());
  return server;
}

function client(url: string): Redis {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on("error", () => {});
  cleanups.push(async () => redis.disconnect());
  return redis;
}

test("answers at its url as soon as it has started", async () => {
  const redis = client((await start({})).url);
  expect(await redis.ping()).toBe("PONG");
});

test("refuses whoever does not know the password", async () => {
  const server = await start({});
  await expect(client(`redis://127.0.0.1:${server.port}`).get("counter")).rejects.toThrow();
});

test("keeps counters over a restart at the same address, also after kill -9", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "sluice servers "));
  cleanups.push(() => rm(dataDir, { recursive: true, force: true }));
  const first = await start({ dataDir });
  const before = client(first.url);
  await before.incrby("counter", 41);
  process.kill(first.pid, "SIGKILL");
  await first.ended;

  const second = await start({ dataDir, port: first.port, password: first.password });
  expect(second.url).toBe(first.url);
  expect(await client(second.url).incr("counter")).toBe(42);
});

test("refuses writes rather than dropping counters when memory is full", async () => {
  const redis = client((await start({})).url);
  expect(await redis.config("GET", "maxmemory-policy")).toContain("noeviction");
});

test("says that the port is taken", async () => {
  const { port } = await start({});
  await expect(startRedisServer({ port })).rejects.toMatchObject({
    name: "ServerError",
    reason: "port-taken",
  });
});

test("leaves nothing behind after stop", async () => {
  const server = await startRedisServer();
  expect(statSync(join(server.dataDir, "redis-server.conf")).mode & 0o077).toBe(0);
  await server.stop();
  expect(isAlive(server.pid)).toBe(false);
  expect(() => statSync(server.dataDir)).toThrow(/ENOENT/);
});
