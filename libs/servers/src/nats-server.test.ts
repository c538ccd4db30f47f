import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type NatsConnection, nkeyAuthenticator } from "nats";
import { afterEach, expect, test } from "vitest";
import { findFreePort } from "./free-port.ts";
import { type NatsServer, type NatsServerOptions, startNatsServer } from "./nats-server.ts";
import { isAlive } from "./process-alive.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options: NatsServerOptions): Promise<NatsServer> {
  const server = await startNatsServer(options);
  cleanups.push(() => server.stop());
  return server;
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice servers "));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function client(server: NatsServer, seed?: string): Promise<NatsConnection> {
  const connection = await connect({
    servers: server.url,
    ...(seed === undefined ? {} : { authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)) }),
  });
  cleanups.push(() => connection.close());
  return connection;
}

test("serves JetStream as soon as it has started", async () => {
  const connection = await client(await start({}));
  const manager = await connection.jetstreamManager();
  await manager.streams.add({ name: "ORDERS", subjects: ["orders"] });
  expect((await connection.jetstream().publish("orders", "one")).seq).toBe(1);
});

test("keeps streams and address over a restart, also under a path with spaces", async () => {
  const dataDir = await temporaryFolder();
  const first = await start({ dataDir });
  const before = await client(first);
  await (await before.jetstreamManager()).streams.add({ name: "ORDERS", subjects: ["orders"] });
  await before.jetstream().publish("orders", "one");
  await before.close();
  await first.stop();

  const second = await start({ dataDir, port: first.port });
  expect(second.url).toBe(first.url);
  const manager = await (await client(second)).jetstreamManager();
  expect((await manager.streams.info("ORDERS")).state.messages).toBe(1);
});

test("lets only the named users in, and only to their subjects", async () => {
  const users = [
    { name: "writer", publish: ["orders.>"], subscribe: [] },
    { name: "reader", publish: [], subscribe: ["orders.new"] },
  ];
  const server = await start({ users });
  await expect(connect({ servers: server.url })).rejects.toThrow(/authorization/i);

  const writer = await client(server, server.seeds.writer);
  const reader = await client(server, server.seeds.reader);
  const subscription = reader.subscribe("orders.new", { max: 1 });
  await reader.flush();
  writer.publish("orders.new", "one");
  for await (const message of subscription) expect(message.string()).toBe("one");

  await expect(writer.subscribe("orders.new")[Symbol.asyncIterator]().next()).rejects.toThrow(
    /permissions violation/i,
  );
  const refusal = firstPermissionError(reader);
  reader.publish("orders.new", "two");
  expect(await refusal).toEqual({ operation: "publish", subject: "orders.new" });
});

async function firstPermissionError(connection: NatsConnection): Promise<unknown> {
  for await (const status of connection.status()) {
    if (status.permissionContext !== undefined) return status.permissionContext;
  }
  return undefined;
}

test("keeps its configuration and data from other users of the machine", async () => {
  const server = await start({ users: [{ name: "writer", publish: ["orders"], subscribe: [] }] });
  expect(statSync(join(server.dataDir, "nats-server.conf")).mode & 0o077).toBe(0);
  expect(statSync(server.dataDir).mode & 0o077).toBe(0);
});

test("says that the port is taken", async () => {
  const port = await findFreePort();
  await start({ port });
  await expect(startNatsServer({ port })).rejects.toMatchObject({
    name: "ServerError",
    reason: "port-taken",
  });
});

test("leaves nothing behind after stop, however often it is called", async () => {
  const server = await startNatsServer();
  await Promise.all([server.stop(), server.stop()]);
  expect(isAlive(server.pid)).toBe(false);
  expect(() => statSync(server.dataDir)).toThrow(/ENOENT/);
});
