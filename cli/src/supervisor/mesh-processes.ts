import type { RunFile } from "../run-file.ts";
import { recordProcesses } from "./earlier-run.ts";
import { KeptProcess, type KeptProcessOptions } from "./kept-process.ts";

/** Until when, from the moment the mesh is asked to end, the processes of a kind may take; then they are killed. */
const endings: { services: readonly string[]; untilMs: number }[] = [
  // Clients wait for their answers here, and all of the pipeline is still there to give them.
  { services: ["ingress"], untilMs: 7500 },
  { services: ["auth", "guard", "router"], untilMs: 8500 },
  // Records what the others still had to say.
  { services: ["ledger", "simulator"], untilMs: 9100 },
  { services: ["redis", "nats"], untilMs: 9700 },
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
        recordProcesses(this.#dataDir, this.list());
        this.#onChange();
      },
    });
    this.#kept.push(kept);
    return kept;
  }

  /** Those that run now. */
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
    const named = new Set(endings.flatMap(({ services }) => services));
    const others = this.#kept.map(({ service }) => service).filter((service) => !named.has(service));
    for (const { services, untilMs } of [{ services: others, untilMs: 7500 }, ...endings]) {
      const leftMs = Math.max(0, untilMs - (performance.now() - askedAt));
      const concerned = this.#kept.filter(({ service }) => services.includes(service));
      await Promise.all(concerned.map((kept) => kept.stop(leftMs)));
    }
    recordProcesses(this.#dataDir, []);
  }

  /** Ends all of them at once, whatever they are doing. */
  kill(): void {
    for (const { running } of this.#kept) {
      try {
        if (running !== undefined) process.kill(running.pid, "SIGKILL");
      } catch {
        // It has just ended by itself.
      }
    }
  }
}
