import { buckets } from "@sluice/contracts/subjects";
import { connect, type NatsConnection, nkeyAuthenticator } from "nats";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Bus, BusConnection } from "./bus.ts";
import { openKeyValue } from "./key-value.ts";
import { provisionBus } from "./provision.ts";
import { startTestBus, type TestBus } from "./testing/test-bus.ts";

let testBus: TestBus;
let operator: BusConnection;
let auth: Bus;
beforeEach(async () => {
  testBus = await startTestBus();
  operator = await testBus.connectOperator();
  auth = await testBus.connect("auth");
});
afterEach(() => testBus.stop());

const bytes = (text: string) => Buffer.from(text);

async function follow(seen: Map<string, string | undefined>, log: string[] = []) {
  const bucket = await openKeyValue(auth, buckets.virtualKeys);
  return await bucket.watch({
    onEntry: (key, value) => {
      const text = value === undefined ? undefined : Buffer.from(value).toString();
      seen.set(key, text);
      log.push(`${key}=${text}`);
    },
  });
}

const stream = `KV_${buckets.virtualKeys}`;

/** Uses a connection of the client's own with the operator's rights. */
async function withClient<T>(work: (connection: NatsConnection) => Promise<T>): Promise<T> {
  const { servers, nkeySeed } = testBus.credentials("operator");
  const connection = await connect({
    servers,
    authenticator: nkeyAuthenticator(bytes(nkeySeed)),
    inboxPrefix: "_INBOX_operator",
  });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** As after the loss of the bus's disk: the bucket is there again, without what was in it. */
async function recreateBucket(): Promise<void> {
  await withClient(async (connection) => (await connection.jetstreamManager()).streams.delete(stream));
  await provisionBus(testBus.credentials("operator"));
}

/** As when the server that had it has died. @returns the consumers that are there, by name */
async function dropConsumers(): Promise<() => Promise<string[]>> {
  const names = () =>
    withClient(async (connection) => {
      const { consumers } = await connection.jetstreamManager();
      return (await consumers.list(stream).next()).map(({ name }) => name);
    });
  const dropped = await names();
  await withClient(async (connection) => {
    const { consumers } = await connection.jetstreamManager();
    for (const name of dropped) await consumers.delete(stream, name);
  });
  return names;
}

async function reconnectAll(): Promise<void> {
  await testBus.restartServer();
  await expect.poll(() => operator.connected && auth.connected, { timeout: 10_000 }).toBe(true);
}

describe("a watch of a bucket", () => {
  it("follows a bucket that was made anew, whose revisions begin again", async () => {
    const store = await openKeyValue(operator, buckets.virtualKeys);
    for (const value of ["1", "2", "3"]) await store.put("key_kept", bytes(value));
    await store.put("key_lost", bytes("1"));
    const seen = new Map<string, string | undefined>();
    const watch = await follow(seen);
    await recreateBucket();
    await store.put("key_new", bytes("1"));
    await store.put("key_kept", bytes("after"));
    await reconnectAll();
    await expect
      .poll(() => Object.fromEntries(seen), { timeout: 10_000 })
      .toEqual({ key_kept: "after", key_lost: undefined, key_new: "1" });
    await store.put("key_kept", bytes("again"));
    await expect.poll(() => seen.get("key_kept")).toBe("again");
    watch.stop();
  });

  it("sees a value of the bucket made anew that has the revision of the old one", async () => {
    const store = await openKeyValue(operator, buckets.virtualKeys);
    await store.put("key_a", bytes("old"));
    const seen = new Map<string, string | undefined>();
    const watch = await follow(seen);
    await recreateBucket();
    await store.put("key_a", bytes("new"));
    await reconnectAll();
    await expect.poll(() => seen.get("key_a"), { timeout: 10_000 }).toBe("new");
    watch.stop();
  });

  it("hands over once what has not changed, and what was deleted and purged while it was away", async () => {
    const store = await openKeyValue(operator, buckets.virtualKeys);
    await store.put("key_same", bytes("1"));
    await store.put("key_deleted", bytes("1"));
    const seen = new Map<string, string | undefined>();
    const log: string[] = [];
    const watch = await follow(seen, log);
    await reconnectAll();
    await withClient(async (connection) => {
      const raw = await connection.jetstream().views.kv(buckets.virtualKeys);
      await raw.purge("key_deleted");
    });
    await store.put("key_last", bytes("1"));
    await expect.poll(() => seen.get("key_last"), { timeout: 10_000 }).toBe("1");
    expect(log).toEqual(["key_same=1", "key_deleted=1", "key_deleted=undefined", "key_last=1"]);
    watch.stop();
  });

  it("sees changes and deletions while its consumer is gone", async () => {
    const store = await openKeyValue(operator, buckets.virtualKeys);
    await store.put("key_a", bytes("1"));
    await store.put("key_b", bytes("1"));
    const log: string[] = [];
    const watch = await follow(new Map(), log);
    const consumers = await dropConsumers();
    await store.put("key_a", bytes("2"));
    await store.delete("key_b");
    await expect.poll(() => log).toEqual(["key_a=1", "key_b=1", "key_a=2", "key_b=undefined"]);
    expect(await consumers()).toEqual([]);
    watch.stop();
  });

  it("notices without a reconnect that the bucket was made anew", async () => {
    const store = await openKeyValue(operator, buckets.virtualKeys);
    await store.put("key_lost", bytes("1"));
    const seen = new Map<string, string | undefined>();
    const watch = await follow(seen);
    await recreateBucket();
    await store.put("key_new", bytes("1"));
    await expect.poll(() => Object.fromEntries(seen)).toEqual({ key_lost: undefined, key_new: "1" });
    watch.stop();
  });

  it("keeps following when the bus goes again and again", async () => {
    const store = await openKeyValue(operator, buckets.virtualKeys);
    const seen = new Map<string, string | undefined>();
    const watch = await follow(seen);
    for (const value of ["1", "2", "3"]) {
      await reconnectAll();
      await store.put("key_a", bytes(value));
      await expect.poll(() => seen.get("key_a"), { timeout: 10_000 }).toBe(value);
    }
    watch.stop();
    await store.put("key_a", bytes("unseen"));
    await store.get("key_a");
    expect(seen.get("key_a")).toBe("3");
  });
});
