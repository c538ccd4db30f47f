import type { NatsNode } from "@sluice/servers/nats-cluster";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { expectKept } from "../faults/expect-row.ts";
import { type Fault, runFault } from "../faults/run-fault.ts";
import { type ClusterMesh, startClusterMesh } from "./cluster-mesh.ts";

let mesh: ClusterMesh;
beforeAll(async () => {
  mesh = await startClusterMesh();
  await mesh.untilCurrent(3);
});
afterAll(() => mesh?.stop());

/** Kills a node, starts it again once the others go on without it, and waits until it is level with them. */
async function killAndRestart(node: NatsNode): Promise<void> {
  await node.kill();
  await mesh.untilCurrent(2);
  await node.restart();
  await mesh.untilCurrent(3);
}

async function expectKeptOver(fault: Fault): Promise<void> {
  expectKept(fault, await runFault(mesh.faults, fault, { requests: 250, perSecond: 40 }));
}

test("the node that leads the event stream is killed under load, and comes back", async () => {
  const leader = await mesh.eventLeader();
  await expectKeptOver({
    name: "kill -9 of the event stream's leader",
    happen: () => killAndRestart(leader),
  });
}, 120_000);

test("the busiest of the other nodes is killed under load, and comes back", async () => {
  const leader = await mesh.eventLeader();
  const others = mesh.cluster.nodes.filter((node) => node !== leader);
  const withClients = await Promise.all(
    others.map(async (node) => ({ node, clients: await countClients(node) })),
  );
  const [busiest] = withClients.toSorted((left, right) => right.clients - left.clients);
  const { node = leader, clients = 0 } = busiest ?? {};
  expect(clients).toBeGreaterThan(0);
  await expectKeptOver({ name: "kill -9 of another node", happen: () => killAndRestart(node) });
}, 120_000);

/** Connections of the mesh to a node. */
async function countClients({ monitorUrl }: NatsNode): Promise<number> {
  const response = await fetch(`${monitorUrl}/varz`);
  return z.looseObject({ connections: z.int() }).parse(await response.json()).connections;
}
