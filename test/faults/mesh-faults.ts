import { setTimeout as sleep } from "node:timers/promises";
import { runSluice } from "../support/run-sluice.ts";
import type { FaultMesh } from "./fault-mesh.ts";
import { fillEventStream } from "./full-stream.ts";
import type { Fault } from "./run-fault.ts";
import { shuffleEvents } from "./shuffled-events.ts";

/** How long a router stands still: longer than its silence is suffered (7 s). */
const standstillMs = 20_000;
/** Each leaves 2 MB to wait somewhere. */
const slowClients = 100;
/** How long Postgres is away. */
const databaseAwayMs = 3000;

export const meshFaults: Fault[] = [
  { name: "kill -9 of one auth", losesNothing: true, happen: ({ killAndWait }) => killAndWait("auth") },
  { name: "kill -9 of one guard", happen: ({ killAndWait }) => killAndWait("guard") },
  { name: "kill -9 of one router", happen: ({ killAndWait }) => killAndWait("router") },
  {
    name: "kill -9 of one ingress",
    cutsConnections: true,
    happen: ({ killAndWait }) => killAndWait("ingress"),
  },
  { name: "kill -9 of all guards", happen: ({ killAndWait }) => killAndWait("guard", 2) },
  {
    name: "kill -9 of the ledger",
    losesNothing: true,
    happen: ({ killAndWait }) => killAndWait("ledger", 2),
  },
  { name: "kill -9 of nats-server", happen: ({ killAndWait }) => killAndWait("nats") },
  { name: "kill -9 of redis-server", losesNothing: true, happen: ({ killAndWait }) => killAndWait("redis") },
  { name: "kill -9 of Postgres", losesNothing: true, happen: killPostgres },
  { name: "SIGSTOP of a router for 20 s", happen: stopRouter },
  { name: "rolling restart of all services", losesNothing: true, happen: restartAll },
  {
    name: `${slowClients} more clients that read 1 KB a second`,
    losesNothing: true,
    happen: (_mesh, load) => Promise.resolve(load.sendMore("slow-large", slowClients)),
  },
  { name: "duplicated and reordered events", losesNothing: true, happen: shuffleEvents },
  { name: "the event stream is full", happen: fillEventStream },
  {
    name: "kill -9 of a router and of nats-server at once",
    happen: async ({ killAndWait }) => {
      await Promise.all([killAndWait("router"), killAndWait("nats")]);
    },
  },
  {
    name: "kill -9 of the ledger and of Postgres at once",
    losesNothing: true,
    happen: async (faults) => {
      await Promise.all([faults.killAndWait("ledger", 2), killPostgres(faults)]);
    },
  },
];

async function killPostgres({ postgres }: FaultMesh): Promise<void> {
  process.kill(postgres.pid, "SIGKILL");
  await sleep(databaseAwayMs);
  await postgres.restart();
}

async function stopRouter({ pids }: FaultMesh): Promise<void> {
  const [pid] = await pids("router");
  if (pid === undefined) throw new Error("no router runs");
  process.kill(pid, "SIGSTOP");
  await sleep(standstillMs);
  process.kill(pid, "SIGCONT");
}

async function restartAll({ mesh }: FaultMesh): Promise<void> {
  const run = await runSluice(mesh, "restart");
  if (run.code !== 0) throw new Error(`the restart failed: ${run.error}${run.out}`);
}
