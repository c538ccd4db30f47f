import { connect, type NatsConnection } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type NatsCluster, startNatsCluster } from "./nats-cluster.ts";
import { isAlive } from "./process-alive.ts";
import { converse } from "./text-conversation.ts";

let cluster: NatsCluster;
let client: NatsConnection;
beforeAll(async () => {
  cluster = await startNatsCluster();
  client = await connect({ servers: cluster.url.split(",") });
});
afterAll(async () => {
  await client?.close();
  await cluster?.stop();
});

test("is one bus as soon as it has started, and keeps a copy of a stream on each node", async () => {
  const manager = await client.jetstreamManager();
  const { cluster: state } = await manager.streams.add({
    name: "ORDERS",
    subjects: ["orders"],
    num_replicas: 3,
  });
  const copies = [state?.leader, ...(state?.replicas ?? []).map(({ name }) => name)];
  expect(copies.sort()).toEqual(["node-1", "node-2", "node-3"]);
  expect((await client.jetstream().publish("orders", "one")).seq).toBe(1);
});

test("has what was written while a node was dead on that node too, once it was started again", async () => {
  const [, , third] = cluster.nodes;
  const { url = "", pid = 0 } = third ?? {};
  await third?.kill();
  expect(isAlive(pid)).toBe(false);
  const jetstream = client.jetstream();
  await expect
    .poll(
      async () => (await jetstream.publish("orders", "two", { msgID: "two" }).catch(() => undefined))?.seq,
      {
        timeout: 20_000,
      },
    )
    .toBe(2);
  await third?.restart();
  expect(third?.url).toBe(url);
  const manager = await client.jetstreamManager();
  await expect
    .poll(
      async () => {
        const { cluster: state } = await manager.streams.info("ORDERS");
        return state?.replicas?.map(({ current }) => current);
      },
      { timeout: 20_000 },
    )
    .toEqual([true, true]);
}, 60_000);

test("takes no route from somebody who does not know its password", async () => {
  const response = await fetch(`${cluster.nodes[0]?.monitorUrl}/varz`);
  const { cluster: place } = (await response.json()) as { cluster: { cluster_port: number } };
  const greeting = 'CONNECT {"verbose":false,"name":"node-4"}\r\nPING\r\n';
  const answer = await converse(place.cluster_port, greeting, (text) => /-ERR|PONG/.test(text));
  expect(answer).toContain("Authorization Violation");
});

test("leaves nothing behind after stop", async () => {
  const other = await startNatsCluster({ nodes: 2 });
  const pids = other.nodes.map(({ pid }) => pid);
  await other.stop();
  expect(pids.map(isAlive)).toEqual([false, false]);
});
