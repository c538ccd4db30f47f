import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Selectable } from "kysely";
import type { LedgerDatabase } from "../adapters/database.ts";
import { asOnlyRebuilder, isRebuilding } from "../adapters/database-lock.ts";
import { dropFreshTables } from "../adapters/fresh-tables.ts";
import { findRebuild, noteBegin, noteEnd } from "../adapters/rebuild-store.ts";
import type { RebuildTable } from "../adapters/tables.ts";
import { AlreadyRunning } from "../domain/already-running.ts";
import type { RebuildView } from "../domain/rebuild-view.ts";
import { type RebuildOptions, rebuildLedger } from "./rebuild.ts";

export interface RebuilderOptions extends Omit<RebuildOptions, "signal"> {
  database: LedgerDatabase;
}

const longestReason = 500;

/** Does rebuilds, one at a time over all processes of the database, and says how far they are. */
export class Rebuilder {
  readonly #options: RebuilderOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: RebuilderOptions) {
    this.#options = options;
  }

  /**
   * Begins a rebuild.
   * @returns once it has begun
   * @throws AlreadyRunning when one runs, here or in another process; what the database throws
   */
  async start(): Promise<void> {
    if (this.#running !== undefined) throw new AlreadyRunning("A rebuild runs already.");
    const begun = Promise.withResolvers<void>();
    this.#running = this.#run(begun).finally(() => {
      this.#running = undefined;
    });
    await begun.promise;
  }

  /** The rebuild that runs, or the last one. */
  async view(): Promise<RebuildView> {
    const { kysely } = this.#options.database;
    const row = await findRebuild(kysely);
    if (row === undefined) return noRebuild;
    if (row.finished_at !== null) return viewOf(row, false);
    if (await this.#isRunning()) return viewOf(row, true);
    // It may have come to its end since the row was read.
    return viewOf((await findRebuild(kysely)) ?? row, false);
  }

  async #isRunning(): Promise<boolean> {
    const { kysely, kind } = this.#options.database;
    return this.#running !== undefined || (kind === "postgres" && (await isRebuilding(kysely)));
  }

  /** Breaks off a rebuild that runs; the ledger stays as it was before it. */
  async stop(): Promise<void> {
    this.#stopping.abort(new SluiceError("internal", "The ledger was stopped."));
    await this.#running;
  }

  /** Never rejects: what goes wrong before it has begun is told to who began it, what comes later is noted. */
  async #run(begun: PromiseWithResolvers<void>): Promise<void> {
    const { database, bus } = this.#options;
    let generation: number | undefined;
    try {
      const done = await asOnlyRebuilder(database, async (connection) => {
        generation = await noteBegin(connection, bus.party.instance);
        begun.resolve();
        await rebuildLedger(connection, generation, { ...this.#options, signal: this.#stopping.signal });
      });
      if (!done) begun.reject(new AlreadyRunning("A rebuild runs already, in another ledger."));
    } catch (error) {
      begun.reject(error);
      if (generation !== undefined) await this.#noteFailure(generation, error);
    }
  }

  async #noteFailure(generation: number, error: unknown): Promise<void> {
    const { database, bus } = this.#options;
    bus.logger.error({ err: error }, "the ledger could not be rebuilt; it is as it was before");
    try {
      await asOnlyRebuilder(database, async (connection) => {
        await noteEnd(connection, generation, reasonOf(error));
        await dropFreshTables(connection);
      });
    } catch (cause) {
      bus.logger.warn({ err: cause }, "what is left of the rebuild is cleared away by the next one");
    }
  }
}

const noRebuild: RebuildView = {
  running: false,
  startedAt: null,
  finishedAt: null,
  instance: null,
  eventsDone: 0,
  eventsTotal: 0,
  deadLetters: 0,
  result: null,
  error: null,
};

function viewOf(row: Selectable<RebuildTable>, running: boolean): RebuildView {
  const interrupted = !running && row.finished_at === null;
  const error = interrupted ? "The ledger that did it ended before it was done." : row.error;
  return {
    running,
    startedAt: row.started_at.toISOString(),
    finishedAt: row.finished_at?.toISOString() ?? null,
    instance: row.instance,
    eventsDone: Number(row.events_done),
    eventsTotal: Number(row.events_total),
    deadLetters: Number(row.dead_letters),
    result: resultOf(running, error),
    error,
  };
}

function resultOf(running: boolean, error: string | null): RebuildView["result"] {
  if (running) return null;
  return error === null ? "rebuilt" : "failed";
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, longestReason);
}
