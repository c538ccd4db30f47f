import { type Kysely, sql } from "kysely";
import { sqlState } from "./database-error.ts";
import type { LedgerTables } from "./tables.ts";

/** How long it is taken for granted that there is no pgvector, before it is looked for again. */
const memoryMs = 60_000;

/** The database has no pgvector, or the ledger has no right to it. */
export class NoPgvectorError extends Error {
  override readonly name = "NoPgvectorError";
}

/** What `create extension` answers: not installed on the server, and no right to create it. */
const noExtensionStates = new Set(["0A000", "58P01", "42501"]);
/** What another process answers that makes the same at the same time. */
const madeByAnotherStates = new Set(["23505", "42710", "42P07"]);

/**
 * The table of questions, which no migration makes: the database may have no pgvector, and a ledger that is never asked
 * for similar questions needs neither.
 */
export class SimilarQuestionTable {
  readonly #database: Kysely<LedgerTables>;
  #made: Promise<void> | undefined;
  #refusal: { error: NoPgvectorError; untilMs: number } | undefined;

  constructor(database: Kysely<LedgerTables>) {
    this.#database = database;
  }

  /** Makes it where it is not there. @throws NoPgvectorError; what the database throws */
  async make(): Promise<void> {
    if (this.#refusal !== undefined && performance.now() < this.#refusal.untilMs) throw this.#refusal.error;
    this.#made ??= this.#make();
    try {
      await this.#made;
    } catch (error) {
      this.#made = undefined;
      throw error;
    }
  }

  /** It was there and is not any more. */
  wasDropped(): void {
    this.#made = undefined;
  }

  /** Whether it is there. @throws what the database throws */
  async exists(): Promise<boolean> {
    const { rows } = await sql<{ there: boolean }>`
      select to_regclass('similar_questions') is not null as there
    `.execute(this.#database);
    return rows[0]?.there === true;
  }

  async #make(): Promise<void> {
    try {
      await this.#create();
    } catch (error) {
      if (!madeByAnotherStates.has(sqlState(error) ?? "")) throw error;
      await this.#create();
    }
  }

  async #create(): Promise<void> {
    await this.#createExtension();
    // What is lost with a crash of the database was a cache, so it is not logged. Vectors stay in their rows as long as
    // a page has room for them: those in a table beside it take three times as long to be compared.
    await sql`create unlogged table if not exists similar_questions (
      partition text collate "C" not null,
      dimensions integer not null,
      key text collate "C" not null,
      vector vector not null,
      remembered_at timestamptz not null,
      expires_at timestamptz not null,
      primary key (partition, dimensions, key)
    )`.execute(this.#database);
    await sql`alter table similar_questions alter column vector set storage main`.execute(this.#database);
    await sql`create index if not exists similar_questions_latest
      on similar_questions (partition, dimensions, remembered_at desc)`.execute(this.#database);
    await sql`create index if not exists similar_questions_expires_at
      on similar_questions (expires_at)`.execute(this.#database);
  }

  async #createExtension(): Promise<void> {
    try {
      await sql`create extension if not exists vector`.execute(this.#database);
    } catch (cause) {
      if (!noExtensionStates.has(sqlState(cause) ?? "")) throw cause;
      const error = new NoPgvectorError("the database has no pgvector", { cause });
      this.#refusal = { error, untilMs: performance.now() + memoryMs };
      throw error;
    }
  }
}
