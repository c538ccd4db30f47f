import type { ServiceStats } from "nats";
import { RequestStrategy } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { connectAsOperator } from "./support/operator-connection.ts";
import { sendChat } from "./support/raw-request.ts";
import { runSluice } from "./support/run-sluice.ts";

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ replicas: "router=2,guard=2" });
});
afterAll(async () => {
  await mesh?.stop();
});

/** What `nats micro stats` asks for: every instance of every service, with its figures. */
async function listed(): Promise<ServiceStats[]> {
  const connection = await connectAsOperator(mesh);
  try {
    const client = connection.services.client({ strategy: RequestStrategy.Timer, maxWait: 1000 });
    const all: ServiceStats[] = [];
    for await (const stats of await client.stats()) all.push(stats);
    return all;
  } finally {
    await connection.close();
  }
}

function requestsOf(stats: ServiceStats[], name: string): number {
  return stats
    .filter((each) => each.name === name)
    .flatMap(({ endpoints }) => endpoints ?? [])
    .reduce((sum, { num_requests }) => sum + num_requests, 0);
}

test("every instance of every service is listed, with the statistics of its requests", async () => {
  const before = await listed();
  expect(before.map(({ name }) => name).sort()).toEqual([
    "sluice-auth",
    "sluice-guard",
    "sluice-guard",
    "sluice-ingress",
    "sluice-ledger",
    "sluice-router",
    "sluice-router",
  ]);
  const instances = before.map(({ metadata }) => metadata?.instance);
  const services = mesh.processes.filter(({ service }) => !["nats", "redis", "simulator"].includes(service));
  expect(instances.sort()).toEqual(services.map(({ instance }) => instance).sort());

  const requests = 20;
  const answers = await Promise.all(
    Array.from({ length: requests }, () =>
      sendChat(mesh, { dialect: "openai", model: "gpt-4o-mini", text: "Hi" }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: requests }, () => 200));
  const after = await listed();
  for (const service of ["sluice-auth", "sluice-guard", "sluice-router"]) {
    expect({ service, requests: requestsOf(after, service) - requestsOf(before, service) }).toEqual({
      service,
      requests,
    });
  }
  const routers = after.filter(({ name }) => name === "sluice-router");
  const busy = routers.flatMap(({ endpoints }) => endpoints ?? []);
  expect(busy.every(({ average_processing_time }) => average_processing_time >= 0)).toBe(true);
  expect(busy.reduce((sum, { num_errors }) => sum + num_errors, 0)).toBe(0);
});

test("sluice status shows the same instances", async () => {
  const { code, out } = await runSluice(mesh, "status");
  expect(code).toBe(0);
  const services = mesh.processes.filter(({ service }) => !["nats", "redis", "simulator"].includes(service));
  for (const { instance } of services) expect(out).toContain(instance);
});
