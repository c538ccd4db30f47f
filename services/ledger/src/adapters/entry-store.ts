import type { CallKey } from "@sluice/contracts/call-id";
import type { ChangeEvent } from "@sluice/contracts/change-event";
import { type Kysely, sql } from "kysely";
import type { AuditedDecision } from "../domain/audited-decision.ts";
import { bookEntry } from "../domain/book-entry.ts";
import type { Entry } from "../domain/entry.ts";
import type { GivenFeedback } from "../domain/given-feedback.ts";
import { changeToJson } from "./change-codec.ts";
import { decisionToJson } from "./decision-codec.ts";
import { entryFromRow, entryToJson } from "./entry-codec.ts";
import { writeFeedback } from "./feedback-store.ts";
import { liveTables, type TableNames } from "./ledger-tables.ts";
import type { DecisionTable, EntryTable, LedgerTables } from "./tables.ts";

/** What one transaction writes. */
export interface LedgerWrite {
  /** Entries as they are to be, with the version that was read. */
  entries: readonly Entry[];
  decisions: readonly AuditedDecision[];
  feedback?: readonly GivenFeedback[];
  /** What was changed in the configuration. @default nothing */
  changes?: readonly ChangeEvent[];
}

/** Another writer changed one of the entries since they were read; read again. */
export class WriteConflict extends Error {
  override readonly name = "WriteConflict";
}

export interface EntryStoreOptions {
  /** @default the live tables */
  tables?: TableNames;
  /**
   * Version of an entry that is written for the first time. Tables that will take the place of others begin above
   * all of theirs, so that who read an entry of the old ones can't overwrite one of the new.
   * @default 1
   */
  firstVersion?: number;
}

/** Entries and decisions in the database; the same SQL on Postgres and on PGlite. */
export class EntryStore {
  readonly #database: Kysely<LedgerTables>;
  readonly #tables: TableNames;
  readonly #firstVersion: number;

  constructor(database: Kysely<LedgerTables>, options: EntryStoreOptions = {}) {
    this.#database = database;
    this.#tables = options.tables ?? liveTables;
    this.#firstVersion = options.firstVersion ?? 1;
  }

  /** The entries there are of these calls. */
  async findByKeys(keys: readonly CallKey[]): Promise<Entry[]> {
    if (keys.length === 0) return [];
    const json = JSON.stringify(
      keys.map((key) => ({ request_id: key.requestId, delivery: key.delivery, attempt: key.attempt })),
    );
    const { rows } = await sql<EntryTable>`
      select entries.*
      from jsonb_to_recordset(${json}::jsonb) as wanted (request_id uuid, delivery integer, attempt integer)
      join ${sql.id(this.#tables.entries)} as entries using (request_id, delivery, attempt)
    `.execute(this.#database);
    return rows.map(entryFromRow);
  }

  /**
   * Entries whose missing event should long have come: open ones, and those whose end is known and that were
   * never dispatched.
   * @param beforeMs overdue before this time, epoch milliseconds by the stream's clock
   */
  async findOverdue(beforeMs: number, limit: number): Promise<Entry[]> {
    const table = sql.id(this.#tables.entries);
    const isOverdue = sql`overdue_at < ${new Date(beforeMs).toISOString()}::timestamptz`;
    // Apart, so that each is read off its own index in the order of that.
    const { rows } = await sql<EntryTable>`
      (select * from ${table} where status = 'open' and ${isOverdue} order by overdue_at limit ${limit})
      union all
      (select * from ${table} where status = 'settled' and pricing = 'pending' and ${isOverdue}
        order by overdue_at limit ${limit})
      limit ${limit}
    `.execute(this.#database);
    return rows.map(entryFromRow);
  }

  /**
   * Writes all of it in one transaction, or as a part of the one that the database of this store is.
   * @throws WriteConflict when an entry is no longer the one that was read; nothing is written then
   */
  async write(write: LedgerWrite): Promise<void> {
    if (this.#database.isTransaction) await this.#writeWithin(this.#database, write);
    else await this.#database.transaction().execute((transaction) => this.#writeIn(transaction, write));
  }

  /** A write that fails must not take the transaction with it that it is a part of. */
  async #writeWithin(transaction: Kysely<LedgerTables>, write: LedgerWrite): Promise<void> {
    await sql`savepoint ledger_write`.execute(transaction);
    try {
      await this.#writeIn(transaction, write);
    } catch (error) {
      await sql`rollback to savepoint ledger_write`.execute(transaction);
      throw error;
    }
    await sql`release savepoint ledger_write`.execute(transaction);
  }

  /** Whether the tables can be read: what failed on a database that can't even do this is not the event's fault. */
  async check(): Promise<void> {
    await sql`select 1 from ${sql.id(this.#tables.entries)} limit 1`.execute(this.#database);
  }

  async #writeIn(
    database: Kysely<LedgerTables>,
    { entries, decisions, feedback = [], changes = [] }: LedgerWrite,
  ): Promise<void> {
    await this.#writeEntries(database, entries);
    await this.#writeDecisions(database, decisions);
    await writeFeedback(database, this.#tables.feedback, feedback);
    await this.#writeChanges(database, changes);
  }

  async #writeEntries(database: Kysely<LedgerTables>, entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    // In one order everywhere, so that two writers wait for each other and don't lock each other out.
    const sorted = [...entries].sort((a, b) => (a.key.requestId < b.key.requestId ? -1 : 1));
    const json = JSON.stringify(sorted.map((entry) => entryToJson(this.#withNextVersion(entry))));
    const table = sql.id(this.#tables.entries);
    const assignments = entryColumns.map(
      (column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`,
    );
    const { rows } = await sql`
      insert into ${table} as entries
      select * from jsonb_populate_recordset(null::${table}, ${json}::jsonb)
      on conflict (request_id, delivery, attempt) do update set ${sql.join(assignments)}
      where entries.version = excluded.version - 1
      returning entries.request_id
    `.execute(database);
    if (rows.length !== entries.length) throw new WriteConflict("an entry was changed by another writer");
  }

  #withNextVersion(entry: Entry): Entry {
    return { ...entry, version: entry.version === 0 ? this.#firstVersion : entry.version + 1 };
  }

  /** Of a decision that came several times the highest count is kept, and all else of the earliest. */
  async #writeDecisions(
    database: Kysely<LedgerTables>,
    decisions: readonly AuditedDecision[],
  ): Promise<void> {
    if (decisions.length === 0) return;
    const json = JSON.stringify(decisions.map(decisionToJson));
    const table = sql.id(this.#tables.decisions);
    const ofTheEarliest = decisionFacts.map(
      (column) => sql`${sql.ref(column)} = case when excluded.occurred_at < decisions.occurred_at
        then ${sql.ref(`excluded.${column}`)} else ${sql.ref(`decisions.${column}`)} end`,
    );
    await sql`
      insert into ${table} as decisions
      select * from jsonb_populate_recordset(null::${table}, ${json}::jsonb)
      on conflict (request_id, service, policy, direction, rule, action) do update set
        count = greatest(decisions.count, excluded.count), ${sql.join(ofTheEarliest)}
    `.execute(database);
  }

  /** What came before stays as it is: the same event says the same. */
  async #writeChanges(database: Kysely<LedgerTables>, changes: readonly ChangeEvent[]): Promise<void> {
    if (changes.length === 0) return;
    const json = JSON.stringify(changes.map(changeToJson));
    const table = sql.id(this.#tables.changes);
    await sql`
      insert into ${table}
      select * from jsonb_populate_recordset(null::${table}, ${json}::jsonb)
      on conflict (change_id, kind, namespace, name) do nothing
    `.execute(database);
  }
}

/** Columns that a later write replaces: all but the key. */
const entryColumns = Object.keys(
  entryToJson(
    bookEntry({
      key: { requestId: "", delivery: 1, attempt: 1 },
      version: 0,
      publishedAtMs: 0,
      givenUp: false,
    }),
  ),
).filter((column) => !["request_id", "delivery", "attempt"].includes(column));

const decisionFacts: readonly (keyof DecisionTable)[] = [
  "occurred_at",
  "owner_key",
  "owner_user",
  "owner_team",
  "owner_application",
  "owner_department",
  "owner_tags",
  "request_model",
];
