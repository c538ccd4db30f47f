import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changeUnderLoad } from "../support/hot-change.ts";
import { type Mesh, startMesh } from "../support/mesh.ts";

/** Memory is told after each: what grows from one to the next is kept. */
const times = 4;
/** Old revisions are kept this long for requests under way. */
const revisionsForgottenMs = 20_000;

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ replicas: "auth=2,router=2" });
});
afterAll(async () => {
  await mesh?.stop();
});

/** Resident set of each service's process, MiB. */
async function memory(): Promise<Record<string, number>> {
  const { processes } = await mesh.reread();
  const sizes = processes.map(async ({ service, pid }) => {
    const [, resident = "0"] = (await readFile(`/proc/${pid}/statm`, "utf8")).split(" ");
    return [`${service} ${pid}`, Math.round((Number(resident) * 4096) / 2 ** 20)] as const;
  });
  return Object.fromEntries(await Promise.all(sizes));
}

test("1,000 changes in a row at 500 requests a second", async () => {
  for (let time = 1; time <= times; time++) {
    const outcome = await changeUnderLoad({ mesh, revisions: 1_000, requestsPerSecond: 500 });
    await delay(revisionsForgottenMs);
    process.stdout.write(`${JSON.stringify({ time, outcome, residentMiB: await memory() })}\n`);
    expect(outcome).toMatchObject({ failures: {}, torn: 0, answered: outcome.sent });
  }
}, 900_000);
