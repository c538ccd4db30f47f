import { type NatsConnection, RequestStrategy } from "nats";
import { afterEach, expect, test } from "vitest";
import { z } from "zod";
import { type Mesh, startMesh } from "../support/mesh.ts";
import { connectAsOperator } from "../support/operator-connection.ts";
import { sendChat } from "../support/raw-request.ts";
import { type ClusterBus, startClusterBus } from "./cluster-bus.ts";

const configuration = `
backends:
  openai: {provider: openai}
models:
  - {name: gpt-*, backend: openai, guardPolicies: [sensitive-data]}
guardPolicies:
  sensitive-data:
    prompt: [{detector: secrets, action: mask}]
`;
const instances = 3;
const replicas = `router=${instances},guard=${instances}`;
const requests = 600;
const concurrency = 30;

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startOn(environment: Record<string, string>): Promise<Mesh> {
  const mesh = await startMesh({ configuration, environment, arguments: ["--replicas", replicas] });
  cleanUps.push(() => mesh.stop());
  return mesh;
}

async function sendAll(mesh: Mesh): Promise<void> {
  let left = requests;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      const { status } = await sendChat(mesh, {
        dialect: "openai",
        model: "gpt-4o-mini",
        text: "Hi. [[sim chunks=1 latency-ms=0]]",
      });
      expect(status).toBe(200);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
}

/** Requests that each instance of a service has had, as `nats micro stats` shows them. */
async function shares(connection: NatsConnection, service: string): Promise<number[]> {
  const client = connection.services.client({ strategy: RequestStrategy.Timer, maxWait: 1000 });
  const counts: number[] = [];
  for await (const { endpoints } of await client.stats(`sluice-${service}`)) {
    counts.push((endpoints ?? []).reduce((sum, { num_requests }) => sum + num_requests, 0));
  }
  return counts;
}

/**
 * The server picks an instance at random for each request, so the share of one is binomial. Six standard deviations
 * off are one case in a billion.
 */
function expectEven(counts: number[]): void {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const mean = all / instances;
  const deviation = Math.sqrt(all * (1 / instances) * (1 - 1 / instances));
  expect([counts.length, all >= requests]).toEqual([instances, true]);
  for (const count of counts) expect(Math.abs(count - mean)).toBeLessThan(6 * deviation);
}

test("requests are shared evenly by the instances of a queue group", async () => {
  const mesh = await startOn({});
  await sendAll(mesh);
  const connection = await connectAsOperator(mesh);
  cleanUps.push(() => connection.close());
  expectEven(await shares(connection, "guard"));
  expectEven(await shares(connection, "router"));
});

test("also where they are connected to different servers of a cluster, each with one connection", async () => {
  const bus = await startClusterBus();
  cleanUps.push(() => bus.stop());
  const mesh = await startOn(bus.environment);
  await sendAll(mesh);
  expect(await connectionsByName(bus)).toEqual({
    "sluice-ingress": 1,
    "sluice-auth": 1,
    "sluice-guard": instances,
    "sluice-router": instances,
    "sluice-ledger": 1,
  });
  const connection = await bus.connectToBus();
  cleanUps.push(() => connection.close());
  expectEven(await shares(connection, "guard"));
  expectEven(await shares(connection, "router"));
}, 120_000);

const connectionsSchema = z.object({ connections: z.array(z.looseObject({ name: z.string() })) });

/** How often each name is connected, over all servers, as their monitoring shows it. */
async function connectionsByName({ cluster }: ClusterBus): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { monitorUrl } of cluster.nodes) {
    const response = await fetch(`${monitorUrl}/connz`);
    for (const { name } of connectionsSchema.parse(await response.json()).connections) {
      counts[name] = (counts[name] ?? 0) + 1;
    }
  }
  return counts;
}
