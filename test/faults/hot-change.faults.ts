import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changeUnderLoad } from "../support/hot-change.ts";
import { type Mesh, startMesh } from "../support/mesh.ts";

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
  await changeUnderLoad({ mesh, revisions: 100, requestsPerSecond: 500 });
  const before = await memory();
  const outcome = await changeUnderLoad({ mesh, revisions: 1_000, requestsPerSecond: 500 });
  process.stdout.write(`${JSON.stringify({ outcome, before, after: await memory() }, null, 2)}\n`);
  expect(outcome).toMatchObject({ failures: {}, torn: 0, answered: outcome.sent });
}, 600_000);
