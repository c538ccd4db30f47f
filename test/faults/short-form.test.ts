import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectKept, expectSameRows } from "./expect-row.ts";
import { type FaultMesh, startFaultMesh } from "./fault-mesh.ts";
import { meshFaults } from "./mesh-faults.ts";
import { providerFaults } from "./provider-faults.ts";
import { rebuildLedger } from "./rebuilt-ledger.ts";
import { type Fault, runFault } from "./run-fault.ts";

/** Those of `npm run test:faults` that tell most in the least time; there they run with many more requests. */
const chosen = new Set([
  "kill -9 of one router",
  "kill -9 of all guards",
  "kill -9 of nats-server",
  "kill -9 of the ledger and of Postgres at once",
  "rolling restart of all services",
  "duplicated and reordered events",
  "the event stream is full",
  "provider cuts a stream",
  "provider sends half a JSON",
]);
const faults = [...meshFaults, ...providerFaults].filter(({ name }) => chosen.has(name));

describe("ledger and bill are equal, nobody waits for ever and nothing is paid twice", () => {
  let mesh: FaultMesh;
  beforeAll(async () => {
    mesh = await startFaultMesh();
  });
  afterAll(() => mesh?.stop());

  test("all of the faults are there", () => expect(faults).toHaveLength(chosen.size));

  test.each(faults)(
    "$name",
    async (fault) => {
      expectKept(fault, await runFault(mesh, fault, { requests: 250, perSecond: 60 }));
    },
    // A restart of all services takes as long as ten starts beside the load.
    420_000,
  );

  test("and the ledger is the same when it is built anew", async () => {
    expectSameRows(await rebuildLedger(mesh));
  }, 60_000);
});

describe("with clocks that are wrong by a minute, each in its own way", () => {
  let mesh: FaultMesh;
  beforeAll(async () => {
    const preload = new URL("skewed-clock.ts", import.meta.url);
    mesh = await startFaultMesh({ environment: { NODE_OPTIONS: `--import=${preload.href}` } });
  });
  afterAll(() => mesh?.stop());

  test("ledger and bill are equal, also where a router was killed", async () => {
    const fault: Fault = { name: "wrong clocks", happen: ({ killAndWait }) => killAndWait("router") };
    expectKept(fault, await runFault(mesh, fault, { requests: 250, perSecond: 60 }));
  }, 180_000);
});
