import { setTimeout as sleep } from "node:timers/promises";
import { getDialect } from "@sluice/dialects/dialects";
import type { CompiledHealthCheck } from "@sluice/resources/health-check";
import type { Backend, Snapshot } from "@sluice/resources/snapshot";
import type { SnapshotFollower } from "@sluice/resources/snapshot-follower";
import type { Logger } from "@sluice/telemetry/logger";
import type { BackendDirectory } from "./backend-directory.ts";
import { collectBody } from "./collect-body.ts";
import type { ProviderClient } from "./provider-client.ts";

/** Largest answer that is read. */
const maxAnswerBytes = 16 * 1024 * 1024;

export interface HealthChecksOptions {
  snapshots: Pick<SnapshotFollower, "current" | "onChange">;
  backends: BackendDirectory;
  providers: ProviderClient;
  logger: Logger;
}

interface CheckedBackend extends Backend {
  healthCheck: CompiledHealthCheck;
}

/**
 * Asks the backends that are to be asked whether they are well, each at its interval, for as long as the configuration
 * says so.
 */
export class HealthChecks {
  readonly #options: HealthChecksOptions;
  readonly #loops = new Map<string, { backend: string; ending: AbortController }>();
  readonly #unwell = new Set<string>();
  readonly #stopFollowing: () => void;

  constructor(options: HealthChecksOptions) {
    this.#options = options;
    this.#follow(options.snapshots.current);
    this.#stopFollowing = options.snapshots.onChange((snapshot) => this.#follow(snapshot));
  }

  /** Whether nothing was found out against a backend. */
  isWell(backendName: string): boolean {
    return !this.#unwell.has(backendName);
  }

  close(): void {
    this.#stopFollowing();
    for (const name of [...this.#loops.keys()]) this.#end(name);
  }

  #follow({ backends }: Snapshot): void {
    for (const [name, loop] of this.#loops) {
      if (JSON.stringify(backends[name]) !== loop.backend) this.#end(name);
    }
    for (const [name, backend] of Object.entries(backends)) {
      if (!isChecked(backend) || this.#loops.has(name)) continue;
      const ending = new AbortController();
      this.#loops.set(name, { backend: JSON.stringify(backend), ending });
      void this.#watch(name, backend, ending.signal);
    }
  }

  #end(name: string): void {
    this.#loops.get(name)?.ending.abort();
    this.#loops.delete(name);
    this.#unwell.delete(name);
  }

  async #watch(name: string, backend: CheckedBackend, signal: AbortSignal): Promise<void> {
    const { intervalMs, failures } = backend.healthCheck;
    let failed = 0;
    // Not all routers, and not all backends, in the same moment.
    await rest(intervalMs * Math.random(), signal);
    while (!signal.aborted) {
      const problem = await this.#problemOf(name, backend, signal);
      if (signal.aborted) return;
      failed = problem === undefined ? 0 : failed + 1;
      this.#note(name, failed >= failures, problem);
      await rest(intervalMs * (0.9 + 0.2 * Math.random()), signal);
    }
  }

  #note(backend: string, isUnwell: boolean, problem: string | undefined): void {
    if (isUnwell === this.#unwell.has(backend)) return;
    const { logger } = this.#options;
    if (isUnwell) {
      this.#unwell.add(backend);
      logger.warn({ backend, problem }, "a backend does not pass its health check and is left alone");
    } else {
      this.#unwell.delete(backend);
      logger.info({ backend }, "a backend passes its health check again");
    }
  }

  /** @returns what speaks against a backend; undefined where it is well */
  async #problemOf(name: string, backend: CheckedBackend, signal: AbortSignal): Promise<string | undefined> {
    const { snapshots, backends, providers } = this.#options;
    const { path, timeoutMs } = backend.healthCheck;
    const dialect = getDialect(backend.provider);
    try {
      const access = await backends.access(snapshots.current, name, backend);
      const reply = await providers.call({
        origin: access.origin,
        method: "GET",
        path: path ?? access.basePath + dialect.modelListPath,
        headers: { host: access.host, ...dialect.providerHeaders(access.apiKey, {}), "user-agent": "sluice" },
        timeouts: {
          connectMs: backend.timeouts.connectMs,
          firstTokenMs: timeoutMs,
          idleMs: timeoutMs,
          totalMs: timeoutMs,
        },
        signal,
      });
      await collectBody(reply.body, maxAnswerBytes);
      return reply.status < 400 ? undefined : `it answered ${reply.status}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}

function isChecked(backend: Backend): backend is CheckedBackend {
  return backend.healthCheck !== undefined;
}

/** Keeps no process alive. */
async function rest(forMs: number, signal: AbortSignal): Promise<void> {
  await sleep(forMs, undefined, { signal, ref: false }).catch(() => undefined);
}
