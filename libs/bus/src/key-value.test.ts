import { buckets } from "@sluice/contracts/subjects";
import { startTestNatsServer } from "@sluice/servers/testing/test-servers";
import { createLogger } from "@sluice/telemetry/logger";
import { connect, nkeyAuthenticator } from "nats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectOperator } from "./connect.ts";
import { openKeyValue } from "./key-value.ts";
import { startTestBus, type TestBus } from "./testing/test-bus.ts";

let testBus: TestBus;
beforeAll(async () => {
  testBus = await startTestBus();
});
afterAll(() => testBus.stop());

const bytes = (text: string) => Buffer.from(text);

describe("a key-value bucket", () => {
  it("gives what is there first and each change after it, also over a restart of the bus", async () => {
    const operator = await testBus.connectOperator();
    const store = await openKeyValue(operator, buckets.virtualKeys);
    await store.put("key_a", bytes("1"));
    await store.put("key_b", bytes("1"));
    const auth = await testBus.connect("auth");
    const seen = new Map<string, string | undefined>();
    const watch = await (await openKeyValue(auth, buckets.virtualKeys)).watch({
      onEntry: (key, value) => seen.set(key, value === undefined ? undefined : Buffer.from(value).toString()),
    });
    expect([...seen]).toEqual([
      ["key_a", "1"],
      ["key_b", "1"],
    ]);
    await store.put("key_a", bytes("2"));
    await store.delete("key_b");
    await expect
      .poll(() => [...seen])
      .toEqual([
        ["key_a", "2"],
        ["key_b", undefined],
      ]);
    await testBus.restartServer();
    await expect.poll(() => operator.connected && auth.connected, { timeout: 10_000 }).toBe(true);
    await store.put("key_a", bytes("3"));
    await expect.poll(() => seen.get("key_a"), { timeout: 10_000 }).toBe("3");
    watch.stop();
    await operator.drain();
  });

  it("keeps nothing of a key that was deleted but that it was", async () => {
    const operator = await testBus.connectOperator();
    const store = await openKeyValue(operator, buckets.applied);
    for (const value of ["1", "2", "3"]) await store.put("gone", bytes(value));
    await store.delete("gone");
    expect(await store.get("gone")).toBeUndefined();
    const { servers, nkeySeed } = testBus.credentials("operator");
    const connection = await connect({
      servers,
      authenticator: nkeyAuthenticator(bytes(nkeySeed)),
      inboxPrefix: "_INBOX_operator",
    });
    const manager = await connection.jetstreamManager();
    expect((await manager.streams.info(`KV_${buckets.applied}`)).state.messages).toBe(1);
    await connection.close();
    await operator.drain();
  });

  it("resolves its watch at once when it is empty", async () => {
    const router = await testBus.connect("router");
    const watch = await (await openKeyValue(router, buckets.configuration)).watch({ onEntry: () => {} });
    watch.stop();
  });

  it("refuses a write on a revision that is not the last", async () => {
    const operator = await testBus.connectOperator();
    const store = await openKeyValue(operator, buckets.configuration);
    const first = await store.put("snapshot", bytes("1"), 0);
    await store.put("snapshot", bytes("2"), first);
    await expect(store.put("snapshot", bytes("3"), first)).rejects.toMatchObject({ code: "invalid_request" });
    expect(Buffer.from((await store.get("snapshot"))?.value ?? []).toString()).toBe("2");
    await operator.drain();
  });

  it("can't be written by a service, nor the virtual keys be read by one that does not need them", async () => {
    const auth = await openKeyValue(await testBus.connect("auth"), buckets.virtualKeys);
    await expect(auth.put("key_forged", bytes("1"))).rejects.toMatchObject({ code: "bus_unavailable" });
    const { servers, nkeySeed } = testBus.credentials("router");
    const connection = await connect({
      servers,
      authenticator: nkeyAuthenticator(Buffer.from(nkeySeed)),
      inboxPrefix: "_INBOX_router",
    });
    await expect(connection.jetstream().views.kv(buckets.virtualKeys)).rejects.toThrow(
      /[Pp]ermission|timeout/i,
    );
    await connection.close();
  });

  it("forgets a key that is erased as if it had never been", async () => {
    const operator = await testBus.connectOperator();
    const store = await openKeyValue(operator, buckets.configuration);
    await store.put("a.1", bytes("1"));
    await store.put("b.1", bytes("1"));
    await store.delete("b.1");
    expect(await store.keys()).toEqual(expect.arrayContaining(["a.1", "b.1"]));
    await store.erase("a.1");
    await store.erase("b.1");
    await store.erase("never");
    expect((await store.keys()).filter((key) => key.endsWith(".1"))).toEqual([]);
    expect(await store.get("a.1")).toBeUndefined();
  });

  it("says that the bus has no room where its store is full", async () => {
    const server = await startTestNatsServer({ maxStoreBytes: 4 * 1024 ** 2 });
    try {
      const connection = await connect({ servers: server.url });
      await connection.jetstream().views.kv(buckets.applied);
      await connection.close();
      const logger = createLogger({ service: "operator", instance: "test", level: "silent" });
      const operator = await connectOperator({ servers: server.url, logger });
      const store = await openKeyValue(operator, buckets.applied);
      const fill = async () => {
        for (let number = 0; number < 10; number++)
          await store.put(`k${number}`, new Uint8Array(store.maxValueBytes));
      };
      await expect(fill()).rejects.toMatchObject({
        code: "invalid_request",
        message: expect.stringMatching(
          /^The bus has no room for the entry k\d of \d+ bytes: its store is full/,
        ),
      });
      await operator.drain();
    } finally {
      await server.stop();
    }
  });
});
