import { type Kysely, sql } from "kysely";
import type { LedgerTables } from "./tables.ts";

const intervalMs = 2_000;

/** Whether the database answers, asked every two seconds. */
export class DatabaseHealth {
  readonly #database: Kysely<LedgerTables>;
  readonly #timer: NodeJS.Timeout;
  #reachable = true;
  #asking: Promise<void> | undefined;

  constructor(database: Kysely<LedgerTables>) {
    this.#database = database;
    this.#timer = setInterval(() => {
      this.#asking ??= this.#ask();
    }, intervalMs);
  }

  get reachable(): boolean {
    return this.#reachable;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#asking;
  }

  async #ask(): Promise<void> {
    try {
      await sql`select 1`.execute(this.#database);
      this.#reachable = true;
    } catch {
      this.#reachable = false;
    }
    this.#asking = undefined;
  }
}
