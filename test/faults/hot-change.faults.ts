import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changeUnderLoad } from "../support/hot-change.ts";
import { type Mesh, startMesh } from "../support/mesh.ts";
import { residentMiB } from "./fault-mesh.ts";
import { KeptMemory } from "./kept-memory.ts";

/** What a process needs first, it keeps: memory is compared from the end of the first time on. */
const times = 4;
/** Old revisions are kept this long for requests under way. */
const revisionsForgottenMs = 20_000;
const services = new Set(["ingress", "auth", "guard", "router"]);

let memory: KeptMemory;
let mesh: Mesh;
beforeAll(async () => {
  memory = await KeptMemory.create();
  mesh = await startMesh({ replicas: "auth=2,router=2", environment: memory.environment });
});
afterAll(async () => {
  await mesh?.stop();
  await memory?.remove();
});

/** Of each process that follows the configuration: its resident set, and what it keeps; MiB. */
async function sizes(): Promise<Record<string, { resident: number; kept: number }>> {
  const processes = (await mesh.reread()).processes.filter(({ service }) => services.has(service));
  const each = processes.map(async ({ service, pid }) => {
    const resident = Math.round(await residentMiB(pid));
    return [`${service} ${pid}`, { resident, kept: Number((await memory.of(pid)).toFixed(1)) }] as const;
  });
  return Object.fromEntries(await Promise.all(each));
}

test("1,000 changes in a row at 500 requests a second", async () => {
  const after: Awaited<ReturnType<typeof sizes>>[] = [];
  for (let time = 1; time <= times; time++) {
    const outcome = await changeUnderLoad({ mesh, revisions: 1_000, requestsPerSecond: 500 });
    await delay(revisionsForgottenMs);
    const mebibytes = await sizes();
    process.stdout.write(`${JSON.stringify({ time, outcome, mebibytes })}\n`);
    expect(outcome).toMatchObject({ failures: {}, torn: 0, answered: outcome.sent });
    after.push(mebibytes);
  }
  const last = Object.entries(after.at(-1) ?? {});
  expect(last).toHaveLength(6);
  for (const [name, { kept }] of last) {
    expect(kept, name).toBeLessThan((after[0]?.[name]?.kept ?? 0) * 1.1);
  }
}, 900_000);
