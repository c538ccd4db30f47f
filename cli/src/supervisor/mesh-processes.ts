import type { RunFile } from "../run-file.ts";
import { recordProcesses } from "./earlier-run.ts";
import { KeptProcess, type KeptProcessOptions } from "./kept-process.ts";

interface Ending {
  services: readonly string[];
  /** Until when, from the moment the mesh is asked to end, they may take; then they are killed. */
  untilMs: number;
  /** How much of that they have for settling what they broke off. */
  settleMs: number;
}

const endings: readonly Ending[] = [
  // Clients wait for their answers here, and all of the pipeline is still there to give them.
  { services: ["ingress"], untilMs: 5900, settleMs: 1400 },
  // The ingress has given up by now what was still open: the router counts it and has it recorded.
  { services: ["auth", "guard", "router"], untilMs: 8900, settleMs: 3000 },
  // All of them in one: it ends its services in this order by itself.
  { services: ["compact"], untilMs: 9400, settleMs: 3500 },
  { services: ["ledger", "simulator"], untilMs: 9400, settleMs: 500 },
  { services: ["redis", "nats"], untilMs: 9700, settleMs: 0 },
];

/** All processes of a mesh, what is known about them on disk, and the order in which they end. */
export class MeshProcesses {
  readonly #kept: KeptProcess[] = [];
  readonly #dataDir: string;
  readonly #onChange: () => void;

  /** @param onChange Called whenever a process has begun or ended. */
  constructor(dataDir: string, onChange: () => void) {
    this.#dataDir = dataDir;
    this.#onChange = onChange;
  }

  /** Makes a process known; its `begin` is the caller's to call. */
  add(options: Omit<KeptProcessOptions, "onChange">): KeptProcess {
    const kept = new KeptProcess({
      ...options,
      onChange: () => {
        recordProcesses(this.#dataDir, this.#all());
        this.#onChange();
      },
    });
    this.#kept.push(kept);
    return kept;
  }

  /** The places of a service, one for each of its replicas. */
  of(service: string): readonly KeptProcess[] {
    return this.#kept.filter((kept) => kept.service === service);
  }

  /** Those that run now, without those that were replaced and still finish what is open. */
  list(): RunFile["processes"] {
    return this.#kept.flatMap(({ service, running }) => {
      if (running === undefined) return [];
      const { instance, pid, metricsUrl } = running;
      return [{ service, instance, pid, ...(metricsUrl === undefined ? {} : { metricsUrl }) }];
    });
  }

  /** Ends all of them, clients' side first, within 10 s. */
  async stop(): Promise<void> {
    const askedAt = performance.now();
    for (const { services, untilMs, settleMs } of endings) {
      const killAfterMs = Math.max(0, Math.round(untilMs - (performance.now() - askedAt)));
      const time = { drainMs: Math.max(0, killAfterMs - settleMs), killAfterMs };
      const concerned = this.#kept.filter(({ service }) => services.includes(service));
      await Promise.all(concerned.map((kept) => kept.stop(time)));
    }
    recordProcesses(this.#dataDir, []);
  }

  /** Ends all of them at once, whatever they are doing. */
  kill(): void {
    for (const { pid } of this.#all()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has just ended by itself.
      }
    }
  }

  #all(): { service: string; pid: number }[] {
    return this.#kept.flatMap(({ service, running, draining }) =>
      [...draining, ...(running === undefined ? [] : [running])].map(({ pid }) => ({ service, pid })),
    );
  }
}
