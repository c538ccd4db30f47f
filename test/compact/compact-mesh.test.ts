import { RequestStrategy, type ServiceStats } from "nats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Mesh, startMesh } from "../support/mesh.ts";
import { connectAsOperator } from "../support/operator-connection.ts";
import { sendChat } from "../support/raw-request.ts";
import { runSluice } from "../support/run-sluice.ts";

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ compact: true });
});
afterAll(async () => {
  await mesh?.stop();
});

async function ask(text = "Hi"): Promise<number> {
  const response = await sendChat(mesh, { dialect: "openai", model: "gpt-4o-mini", text });
  await response.text();
  return response.status;
}

/** 0 for one that is not answered. */
function tryToAsk(): Promise<number> {
  return ask().catch(() => 0);
}

async function pidOf(service: string): Promise<number | undefined> {
  return (await mesh.reread()).processes.find((each) => each.service === service)?.pid;
}

/** What `nats micro stats` asks for, by service. */
async function listed(): Promise<Record<string, ServiceStats>> {
  const connection = await connectAsOperator(mesh);
  try {
    const client = connection.services.client({ strategy: RequestStrategy.Timer, maxWait: 1000 });
    const all: Record<string, ServiceStats> = {};
    for await (const stats of await client.stats()) all[stats.name] = stats;
    return all;
  } finally {
    await connection.close();
  }
}

test("is one process, and its services are listed with the statistics of their requests", async () => {
  expect(mesh.processes.map(({ service }) => service).sort()).toEqual([
    "compact",
    "nats",
    "redis",
    "simulator",
  ]);
  const before = await listed();
  expect(await Promise.all(Array.from({ length: 20 }, () => ask()))).toEqual(Array(20).fill(200));
  const after = await listed();
  const requests = (stats: ServiceStats | undefined) => stats?.endpoints?.[0]?.num_requests ?? 0;
  const counted = Object.keys(after).map((name) => [name, requests(after[name]) - requests(before[name])]);
  expect(Object.fromEntries(counted)).toEqual({
    "sluice-ingress": 20,
    "sluice-auth": 20,
    "sluice-guard": 20,
    "sluice-router": 20,
    "sluice-ledger": 0,
  });
  const { code, out } = await runSluice(mesh, "status");
  expect(code).toBe(0);
  for (const { metadata } of Object.values(after)) expect(out).toContain(metadata?.instance);
});

test("a restart of one service is one of all, and costs no request", async () => {
  const before = await pidOf("compact");
  let restarting = true;
  const client = async (): Promise<number[]> => {
    const answers: number[] = [];
    while (restarting) answers.push(await ask());
    return answers;
  };
  const clients = Array.from({ length: 4 }, client);
  const { code, out } = await runSluice(mesh, "restart", "guard");
  restarting = false;
  const answers = (await Promise.all(clients)).flat();
  expect({ code, others: answers.filter((status) => status !== 200) }).toEqual({ code: 0, others: [] });
  expect(answers.length).toBeGreaterThan(20);
  expect(out).toContain("All services are one process here, which is replaced as a whole.");
  expect(await pidOf("compact")).not.toBe(before);
});

test.each(["compact", "nats"])("goes on when %s was killed and is there again", async (service) => {
  const pid = await pidOf(service);
  if (pid === undefined) throw new Error(`${service} does not run`);
  process.kill(pid, "SIGKILL");
  await expect
    .poll(() => pidOf(service), { timeout: 20_000, interval: 50 })
    .not.toSatisfy((now) => now === pid || now === undefined);
  await expect.poll(tryToAsk, { timeout: 20_000, interval: 50 }).toBe(200);
});
