import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type PostgresServer, startPostgres } from "@sluice/servers/postgres-server";
import type { NatsConnection } from "nats";
import { type Mesh, type MeshOptions, startMesh } from "../support/mesh.ts";
import { connectAsOperator } from "../support/operator-connection.ts";

/** Short times, so that what hangs or is lost shows within a test. */
const patience =
  "timeouts: {connect: 2s, firstToken: 6s, idle: 4s, total: 15s}, retries: {attempts: 3, baseDelay: 20ms, maxDelay: 1s}";

/** Two of the three providers have a guard on both ways, the third has none. */
const configuration = `
gateway: {requestTimeout: 20s, maxOpenRequests: 20000}
backends:
  openai: {provider: openai, ${patience}}
  anthropic: {provider: anthropic, ${patience}}
  gemini: {provider: gemini, ${patience}}
models:
  - {name: gpt-*, backend: openai, guardPolicies: [sensitive-data]}
  - {name: claude-*, backend: anthropic, guardPolicies: [sensitive-data]}
  - {name: gemini-*, backend: gemini}
guardPolicies:
  sensitive-data:
    prompt: [{detector: credit_card, action: mask}, {detector: secrets, action: mask}]
    reply: [{detector: credit_card, action: mask}, {detector: secrets, action: mask}]
`;

/** Longer than the mesh gives any request, so that what is not over by then hangs. */
export const hangMs = 35_000;

const replicas = "ingress=2,auth=2,guard=2,router=2,ledger=2";
const services = new Set(["ingress", "auth", "guard", "router", "ledger"]);

/** A mesh of two of everything on a real Postgres, with its processes at hand. */
export interface FaultMesh {
  mesh: Mesh;
  postgres: PostgresServer;
  /** A connection to the bus with the operator's rights. */
  operator(): Promise<NatsConnection>;
  /** Process ids of a service, or of `nats`, `redis`. */
  pids(service: string): Promise<number[]>;
  /** Resident memory of the five services together, MiB. */
  memoryMiB(): Promise<number>;
  /** Kills processes and resolves when others are there in their place. */
  killAndWait(service: string, count?: number): Promise<void>;
  stop(): Promise<void>;
}

export interface FaultMeshOptions extends MeshOptions {
  /** Connects to a bus of the test's own with all rights. @default the mesh's bus, as its operator */
  connectToBus?: () => Promise<NatsConnection>;
}

export async function startFaultMesh({
  connectToBus,
  ...options
}: FaultMeshOptions = {}): Promise<FaultMesh> {
  const postgres = await startPostgres({ survivesKill: true });
  const mesh = await startMesh({
    configuration,
    ...options,
    environment: {
      DATABASE_URL: postgres.url,
      SLUICE_LEDGER_GRACE_MS: "2000",
      SLUICE_LEDGER_EXPIRY_INTERVAL_MS: "500",
      ...options.environment,
    },
    arguments: ["--replicas", replicas],
  }).catch(async (error: unknown) => {
    await postgres.stop();
    throw error;
  });
  const pids = async (service: string): Promise<number[]> =>
    (await mesh.reread()).processes.filter((each) => each.service === service).map(({ pid }) => pid);
  return {
    mesh,
    postgres,
    operator: connectToBus ?? (() => connectAsOperator(mesh)),
    pids,
    memoryMiB: async () => {
      const { processes } = await mesh.reread();
      const own = processes.filter(({ service }) => services.has(service));
      const sizes = await Promise.all(own.map(({ pid }) => residentMiB(pid)));
      return Math.round(sizes.reduce((sum, size) => sum + size, 0));
    },
    killAndWait: async (service, count = 1) => {
      const before = await pids(service);
      for (const pid of before.slice(0, count)) process.kill(pid, "SIGKILL");
      const killed = new Set(before.slice(0, count));
      for (;;) {
        const now = await pids(service);
        if (now.length === before.length && now.every((pid) => !killed.has(pid))) return;
        await sleep(20);
      }
    },
    stop: async () => {
      await mesh.stop();
      await postgres.stop();
    },
  };
}

/** Resident memory of a process from /proc; 0 for one that has just ended. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}
