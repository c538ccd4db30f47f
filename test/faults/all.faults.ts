import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runDiskFull } from "./disk-full.ts";
import { expectKept, expectSameRows } from "./expect-row.ts";
import { type FaultMesh, startFaultMesh } from "./fault-mesh.ts";
import { writeFaultReport } from "./fault-report.ts";
import type { OpenStreamsRow } from "./fault-table.ts";
import { meshFaults } from "./mesh-faults.ts";
import { runOpenStreams } from "./open-streams.ts";
import { providerFaults } from "./provider-faults.ts";
import { rebuildLedger } from "./rebuilt-ledger.ts";
import { type Fault, type FaultRow, runFault } from "./run-fault.ts";

/** `npm run test:faults`: every fault with its full load, and the table of docs/faults.md. */
const load = { requests: 10_000, perSecond: 160 };
const timeoutMs = 600_000;

const rows: FaultRow[] = [];
let openStreams: OpenStreamsRow | undefined;

describe("under a steady load", () => {
  let mesh: FaultMesh;
  beforeAll(async () => {
    mesh = await startFaultMesh();
  });
  afterAll(() => mesh?.stop());

  test.each([...meshFaults, ...providerFaults])(
    "$name",
    async (fault) => {
      const row = await runFault(mesh, fault, load);
      rows.push(row);
      expectKept(fault, row);
    },
    timeoutMs,
  );

  test(
    "the ledger is the same when it is built anew",
    async () => {
      expectSameRows(await rebuildLedger(mesh));
    },
    timeoutMs,
  );
});

describe("with clocks that are wrong by a minute", () => {
  let mesh: FaultMesh;
  beforeAll(async () => {
    const preload = new URL("skewed-clock.ts", import.meta.url);
    mesh = await startFaultMesh({ environment: { NODE_OPTIONS: `--import=${preload.href}` } });
  });
  afterAll(() => mesh?.stop());

  test(
    "ledger and bill are equal, also where a router was killed",
    async () => {
      const fault: Fault = {
        name: "clocks wrong by a minute, and kill -9 of one router",
        happen: ({ killAndWait }) => killAndWait("router"),
      };
      const row = await runFault(mesh, fault, load);
      rows.push(row);
      expectKept(fault, row);
    },
    timeoutMs,
  );
});

test(
  "the disk of the JetStream store is full",
  async () => {
    const { fault, row } = await runDiskFull(load);
    rows.push(row);
    expectKept(fault, row);
  },
  timeoutMs,
);

test(
  "10,000 streams are open for a minute, and none is cut",
  async () => {
    openStreams = await runOpenStreams({ streams: 10_000, seconds: 60, openedPerSecond: 500 });
    expect(openStreams.cut).toBe(0);
  },
  timeoutMs,
);

afterAll(async () => {
  // Some of it alone is no report.
  if (openStreams === undefined || rows.length < meshFaults.length + providerFaults.length + 2) return;
  await writeFaultReport({ rows, openStreams, ...load });
});
