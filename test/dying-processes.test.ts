import type { BillRow } from "@sluice/simulator/control/bill";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { askLedger } from "./support/ledger.ts";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { sendChat } from "./support/raw-request.ts";
import { billRows, uniqueModel } from "./support/simulator.ts";

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh();
});
afterAll(async () => {
  await mesh?.stop();
});

const model = "gpt-4o-mini";

function ask(text: string, stream = false, asked = model): Promise<Response> {
  return sendChat(mesh, { dialect: "openai", model: asked, text, stream });
}

async function pidOf(service: string): Promise<number | undefined> {
  return (await mesh.reread()).processes.find((each) => each.service === service)?.pid;
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const totalsSchema = z.object({
  rows: z.array(
    z.object({ calls: z.int(), inputTokens: z.int(), outputTokens: z.int(), openRequests: z.int() }),
  ),
});

test.each(["auth", "guard", "router", "ledger", "ingress", "redis", "nats", "simulator"])(
  "when %s is killed it is started again, the supervisor says so, and requests go on",
  async (service) => {
    const pid = await pidOf(service);
    if (pid === undefined) throw new Error(`${service} does not run`);
    process.kill(pid, "SIGKILL");
    await expect
      .poll(async () => (await pidOf(service)) ?? pid, { timeout: 20_000, interval: 50 })
      .not.toBe(pid);
    expect(mesh.output()).toMatch(new RegExp(`${service}\\S* \\(process ${pid}\\) ended: signal SIGKILL`));
    const status = () =>
      ask("Hi").then(
        (response) => response.status,
        () => 0,
      );
    await expect.poll(status, { timeout: 20_000, interval: 50 }).toBe(200);
  },
);

test("what was asked while auth and the ledger died is booked to the token", async () => {
  const counted = uniqueModel("gpt-4o-mini");
  const answers = [];
  for (let round = 0; round < 30; round++) {
    if (round === 5) process.kill((await pidOf("ledger")) ?? 0, "SIGKILL");
    if (round === 15) process.kill((await pidOf("auth")) ?? 0, "SIGKILL");
    const statuses = ["[[sim chunks=30]]", "[[sim chunks=15]]"].map(async (text, index) => {
      const response = await ask(text, index === 0, counted);
      await response.text();
      return response.status;
    });
    answers.push(...(await Promise.all(statuses)));
  }
  expect(answers.filter((status) => status === 200).length).toBeGreaterThan(30);
  expect(answers.filter((status) => status !== 200 && status !== 503)).toEqual([]);
  const bill = (await billRows(mesh, counted)).filter(({ status }) => status !== "failed");
  const sum = (tokens: (row: BillRow) => number) => bill.reduce((total, row) => total + tokens(row), 0);
  await vi.waitFor(
    async () => {
      const response = await askLedger(mesh, `/v1/spend?model=${counted}`);
      expect(totalsSchema.parse(await response.json()).rows).toEqual([
        {
          calls: bill.length,
          inputTokens: sum((row) => row.inputTokens),
          outputTokens: sum((row) => row.outputTokens),
          openRequests: 0,
        },
      ]);
    },
    { timeout: 40_000, interval: 200 },
  );
}, 60_000);

test("SIGTERM lets an open stream come to its end, and leaves no process behind", async () => {
  const { processes } = await mesh.reread();
  const response = await ask("[[sim chunks=60 chunk-ms=30]]", true);
  const stopped = mesh.stop();
  const text = await response.text();
  expect(text.match(/"content":"[^"]+"/g)).toHaveLength(60);
  expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
  expect(await stopped).toBe(0);
  expect(processes.filter(({ pid }) => runs(pid))).toEqual([]);
  await expect(ask("Hi")).rejects.toThrow();
});
