import { startTestNatsServer } from "@sluice/servers/testing/test-servers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectionOf } from "./internal/connection.ts";
import { provisionBus } from "./provision.ts";
import { startTestCluster, type TestCluster } from "./testing/test-cluster.ts";

const mebibyte = 2 ** 20;
const streams = [
  "KV_sluice_configuration",
  "KV_sluice_virtual_keys",
  "OBJ_sluice_claims",
  "SLUICE_DEAD_LETTERS",
  "SLUICE_EVENTS",
];

let test: TestCluster;
beforeAll(async () => {
  test = await startTestCluster();
});
afterAll(() => test?.stop());

async function replicasOfAll(): Promise<number[]> {
  const manager = await test.manager();
  return await Promise.all(
    streams.map(async (name) => (await manager.streams.info(name)).config.num_replicas),
  );
}

async function eventStreamBytes(): Promise<number> {
  return (await (await test.manager()).streams.info("SLUICE_EVENTS")).config.max_bytes;
}

const credentials = () => test.credentials("operator");

it("makes one copy of everything unless told otherwise", async () => {
  await provisionBus({ ...credentials(), maxEventBytes: 32 * mebibyte });
  expect(await replicasOfAll()).toEqual([1, 1, 1, 1, 1]);
});

it("gives what is there as many copies as are asked for, with all that it holds, and the consumer with it", async () => {
  const operator = connectionOf(await test.connectOperator());
  const keys = await operator.jetstream().views.kv("sluice_virtual_keys");
  await keys.put("one", "kept");
  await provisionBus({ ...credentials(), replicas: 3 });
  expect(await replicasOfAll()).toEqual([3, 3, 3, 3, 3]);
  for (const stream of streams) await test.untilCurrent(stream, 3);
  const manager = await test.manager();
  const { state, config } = await manager.streams.info("SLUICE_EVENTS");
  expect([state.messages, config.max_bytes]).toEqual([128, 32 * mebibyte]);
  expect((await keys.get("one"))?.string()).toBe("kept");
  await expect
    .poll(async () => (await manager.consumers.info("SLUICE_EVENTS", "ledger")).cluster?.replicas?.length)
    .toBe(2);
});

it("leaves the number of copies alone when it is not told one", async () => {
  await provisionBus(credentials());
  expect(await replicasOfAll()).toEqual([3, 3, 3, 3, 3]);
});

it("resizes a stream of three copies", async () => {
  await provisionBus({ ...credentials(), replicas: 3, maxEventBytes: 64 * mebibyte });
  expect(await eventStreamBytes()).toBe(64 * mebibyte);
});

it("lets a stream of three copies grow as far as each server has room", async () => {
  const exabyte = 2 ** 60;
  await provisionBus({ ...credentials(), maxEventBytes: exabyte });
  expect(await eventStreamBytes()).toBeGreaterThanOrEqual(64 * mebibyte);
  expect(await eventStreamBytes()).toBeLessThan(exabyte);
});

it("says what is missing where the cluster has fewer servers than copies", async () => {
  await expect(provisionBus({ ...credentials(), replicas: 5 })).rejects.toMatchObject({
    name: "TooFewServersError",
    message: expect.stringMatching(/^5 copies of each stream need 5 nats-servers of one cluster, .* peers/),
  });
}, 60_000);

it("says what is missing where the bus is a single server", async () => {
  const single = await startTestNatsServer();
  try {
    await expect(provisionBus({ servers: single.url, replicas: 3 })).rejects.toMatchObject({
      name: "TooFewServersError",
      message: expect.stringContaining("replicas > 1 not supported in non-clustered mode"),
    });
  } finally {
    await single.stop();
  }
});
