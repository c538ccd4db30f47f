import { afterAll, beforeAll, expect, test } from "vitest";
import { changeUnderLoad } from "./support/hot-change.ts";
import { type Mesh, startMesh } from "./support/mesh.ts";

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ replicas: "auth=2,router=2" });
});
afterAll(async () => {
  await mesh?.stop();
});

test("changes in a row fail no request, and none sees parts of two revisions", async () => {
  const outcome = await changeUnderLoad({ mesh, revisions: 60, requestsPerSecond: 60 });
  expect(outcome).toMatchObject({ failures: {}, torn: 0, answered: outcome.sent });
  expect(outcome.sent).toBeGreaterThan(0);
  expect(outcome.seen).toBeGreaterThan(3);
});
