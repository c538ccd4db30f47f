import { readEventLag } from "@sluice/bus/event-lag";
import { replayEvents } from "@sluice/bus/event-replay";
import { provisionBus } from "@sluice/bus/provision";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { changeEventBatchSchema } from "@sluice/contracts/change-event";
import { changeSubject, eventStream } from "@sluice/contracts/subjects";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readAppliedConfiguration } from "./applied-configuration.ts";
import { isUnwritten, writeApplied } from "./applied-store.ts";
import { type AppliedChange, applyChange, type ConfigurationChange } from "./apply-configuration.ts";
import { readPresentSnapshot } from "./publish-snapshot.ts";
import { readChange } from "./read-change.ts";

let testBus: TestBus;
let bus: Awaited<ReturnType<TestBus["connectOperator"]>>;
beforeEach(async () => {
  testBus = await startTestBus();
  bus = await testBus.connectOperator();
});
afterEach(() => testBus.stop());

function apply(port: number, more: Partial<ConfigurationChange> = {}): Promise<AppliedChange> {
  const text = `{ apiVersion: sluice.dev/v1, kind: ExternalService, metadata: { name: a }, spec: { hosts: [a.example], ports: [{ number: ${port}, protocol: HTTP }] } }`;
  const change = readChange([{ text, name: "r.yaml", directory: "/" }]);
  return applyChange(bus, { ...change, by: "ada", origin: "ada@desk", change: `apply ${port}`, ...more });
}

/** The audit events of the stream: `revision change`. */
async function audited(): Promise<string[]> {
  const ledger = await testBus.connect("ledger");
  const { firstSequence, lastSequence } = await readEventLag(ledger);
  const told: string[] = [];
  await replayEvents(ledger, {
    from: firstSequence,
    to: lastSequence,
    handler: (events) => {
      for (const { subject, data } of events) {
        expect(subject).toBe(changeSubject);
        const { events: changes } = changeEventBatchSchema.parse(JSON.parse(Buffer.from(data).toString()));
        told.push(...changes.map(({ revision, change, name }) => `${revision} ${change}: ${name}`));
      }
      return Promise.resolve();
    },
  });
  return told;
}

async function presentKey(): Promise<string> {
  return String((await readPresentSnapshot(bus)).content.applied);
}

test("each change is in the event stream once; what changes nothing is not", async () => {
  expect(await apply(80)).toMatchObject({ revision: 1, audited: true });
  await apply(80);
  await applyChange(bus, { remove: ["ExternalService a"], by: "ada", change: "delete" });
  expect(await audited()).toEqual(["1 apply 80: a", "2 delete: a"]);
  expect(await isUnwritten(bus, await presentKey())).toBe(false);
});

test("an event that the stream does not take is kept, and written before the next change is made", async () => {
  await apply(80);
  await testBus.deleteStream(eventStream.name);
  expect(await apply(81)).toMatchObject({ revision: 2, changed: true, audited: false });
  expect(await isUnwritten(bus, await presentKey())).toBe(true);
  await expect(apply(82)).rejects.toMatchObject({
    code: "ledger_unavailable",
    message:
      "The audit of revision 2 could not be written, so nothing is changed: the event stream does not take it.",
  });
  expect((await readPresentSnapshot(bus)).revision).toBe(2);
  await provisionBus(testBus.credentials("operator"));
  // Also by one that changes nothing, such as the next start of the mesh.
  expect(await apply(81)).toMatchObject({ revision: 2, changed: false });
  expect(await audited()).toEqual(["2 apply 81: a"]);
  await apply(82);
  expect(await audited()).toEqual(["2 apply 81: a", "3 apply 82: a"]);
});

test("a change that was prepared and never published is in no audit", async () => {
  await apply(80);
  const { applied } = await readAppliedConfiguration(bus);
  await writeApplied(bus, applied, { revision: 2, atMs: 5, by: "bob", change: "lost" });
  await apply(81);
  expect(await audited()).toEqual(["1 apply 80: a", "2 apply 81: a"]);
});

test("a resource tells who changed it last, and since when its conditions are as they are", async () => {
  await apply(80);
  await apply(81, { by: "bob" });
  const { applied } = await readAppliedConfiguration(bus);
  const [second, first] = applied.history;
  expect(applied.states["ExternalService a"]).toEqual({
    revision: 2,
    atMs: second?.atMs,
    by: "bob",
    acceptedSinceMs: first?.atMs,
    resolvedSinceMs: first?.atMs,
  });
});
