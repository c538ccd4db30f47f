import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type Accounts, compareAccounts, readAccounts } from "./accounts.ts";
import { type FaultMesh, hangMs } from "./fault-mesh.ts";
import { modelsOf } from "./mixed-requests.ts";
import { handInStatements } from "./statement.ts";
import { type SentRequest, SteadyLoad } from "./steady-load.ts";

/** Something that goes wrong while a load runs. */
export interface Fault {
  name: string;
  /** Makes it happen and resolves when it is over, which need not be when it is mended. */
  happen(mesh: FaultMesh, load: SteadyLoad): Promise<void>;
  /** No request may fail, not even with a clear error. */
  losesNothing?: boolean;
  /** Clients may lose their connection: what they were connected to was killed. */
  cutsConnections?: boolean;
}

export interface FaultRunOptions {
  requests: number;
  perSecond: number;
}

/** What came of a load during which a fault happened. */
export interface FaultRow {
  fault: string;
  requests: number;
  answered: number;
  left: number;
  /** Clear errors by their code. */
  failed: Record<string, number>;
  disconnected: Record<string, number>;
  unclear: Record<string, number>;
  hung: number;
  /** Requests that the provider charges twice. */
  paidTwice: number;
  /** Provider calls in the ledger. */
  calls: number;
  /** Calls that were not over, as far as the ledger knew, when the last client had its answer. */
  openAtFirst: number;
  /** Before the providers' statements: calls that are estimated, those of them that never ended, and the difference. */
  estimated: number;
  unsettled: number;
  ledgerMinusBillBefore: number;
  /** After them. */
  ledgerMinusBill: number;
  differing: string[];
  openInTheEnd: number;
  memoryMiB: { before: number; peak: number; after: number };
  /** From the fault to the end of the last request that failed by it; 0 where none did. */
  recoverySeconds: number;
}

/** Longest time until nothing is open: the time of a request, the ledger's grace, and what waits in between. */
const settleTimeoutMs = 90_000;
let loads = 0;

/** Runs a load, lets the fault happen when a fifth of it is sent, and compares ledger and bill when all is over. */
export async function runFault(faults: FaultMesh, fault: Fault, options: FaultRunOptions): Promise<FaultRow> {
  const { mesh } = faults;
  const sinceMs = Date.now();
  const tag = `f${sinceMs.toString(36)}${loads++}`;
  const models = modelsOf(tag);
  const before = await faults.memoryMiB();
  const watch = watchMemory(faults, before);
  const load = new SteadyLoad({ mesh, tag, hangMs, ...options });
  await load.reached(options.requests / 5);
  const happenedMs = performance.now();
  await fault.happen(faults, load);
  const sent = await load.finish();
  const openAtFirst = compareAccounts(await readAccounts(mesh, models)).open;
  await settled(faults, models);
  const peak = watch.stop();
  const after = await faults.memoryMiB();
  const accounts = await readAccounts(mesh, models);
  const early = compareAccounts(accounts);
  await handInStatements(mesh, accounts.bill, sinceMs);
  const late = compareAccounts(await reconciled(mesh, models));
  await fetch(`${mesh.simulatorUrl}/bill`, { method: "DELETE" });
  return {
    fault: fault.name,
    requests: sent.length,
    answered: count(sent, "answered"),
    left: count(sent, "left"),
    failed: tally(sent, ({ outcome }) => (outcome.type === "failed" ? outcome.code : undefined)),
    disconnected: tally(sent, ({ outcome }) => (outcome.type === "disconnected" ? outcome.what : undefined)),
    unclear: tally(sent, ({ outcome }) => (outcome.type === "unclear" ? outcome.what : undefined)),
    hung: count(sent, "hung"),
    paidTwice: early.paidTwice.length,
    calls: accounts.calls.length,
    openAtFirst,
    estimated: early.estimated,
    unsettled: early.unsettled,
    ledgerMinusBillBefore: early.ledgerMinusBill,
    ledgerMinusBill: late.ledgerMinusBill,
    differing: late.differing,
    openInTheEnd: late.open,
    memoryMiB: { before, peak, after },
    recoverySeconds: recoverySeconds(sent, happenedMs),
  };
}

const stateSchema = z.looseObject({ openCalls: z.int() });

/** Waits until no call is open at the provider or in the ledger and no event waits in the stream. */
async function settled(faults: FaultMesh, models: readonly string[]): Promise<void> {
  const { mesh } = faults;
  const operator = await faults.operator();
  try {
    const manager = await operator.jetstreamManager();
    const deadline = performance.now() + settleTimeoutMs;
    for (;;) {
      const consumer = await manager.consumers.info("SLUICE_EVENTS", "ledger");
      const waiting = consumer.num_pending + consumer.num_ack_pending;
      const state = stateSchema.parse(await (await fetch(`${mesh.simulatorUrl}/control/state`)).json());
      if (waiting === 0 && state.openCalls === 0) {
        const { open } = compareAccounts(await readAccounts(mesh, models));
        if (open === 0) return;
      }
      if (performance.now() > deadline) return;
      await sleep(250);
    }
  } finally {
    await operator.close();
  }
}

/** Both sides once the statements are booked, or as they are when that takes too long. */
async function reconciled(mesh: FaultMesh["mesh"], models: readonly string[]): Promise<Accounts> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const accounts = await readAccounts(mesh, models);
    const { differing, estimated } = compareAccounts(accounts);
    if ((differing.length === 0 && estimated === 0) || performance.now() > deadline) return accounts;
    await sleep(200);
  }
}

function watchMemory(faults: FaultMesh, first: number): { stop(): number } {
  let peak = first;
  const timer = setInterval(() => {
    faults.memoryMiB().then(
      (now) => {
        peak = Math.max(peak, now);
      },
      () => undefined,
    );
  }, 1000);
  return {
    stop: () => {
      clearInterval(timer);
      return peak;
    },
  };
}

function count(sent: readonly SentRequest[], type: SentRequest["outcome"]["type"]): number {
  return sent.filter(({ outcome }) => outcome.type === type).length;
}

function tally(
  sent: readonly SentRequest[],
  nameOf: (request: SentRequest) => string | undefined,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const request of sent) {
    const name = nameOf(request);
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function recoverySeconds(sent: readonly SentRequest[], happenedMs: number): number {
  const ends = sent
    .filter(({ outcome }) => outcome.type !== "answered" && outcome.type !== "left")
    .map(({ endedMs }) => endedMs - happenedMs);
  return Math.round(Math.max(0, ...ends) / 100) / 10;
}
