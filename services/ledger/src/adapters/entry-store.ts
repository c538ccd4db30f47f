import { type Kysely, sql } from "kysely";
import type { AuditedDecision } from "../domain/audited-decision.ts";
import type { RejectedEvent } from "../domain/decode-events.ts";
import type { CallKey, Entry } from "../domain/entry.ts";
import { entryFromRow, entryToJson } from "./entry-codec.ts";
import type { DecisionTable, EntryTable, LedgerTables } from "./tables.ts";

/** What one transaction writes. */
export interface LedgerWrite {
  /** Entries as they are to be, with the version that was read. */
  entries: readonly Entry[];
  decisions: readonly AuditedDecision[];
  rejected: readonly RejectedEvent[];
}

/** Another writer changed one of the entries since they were read; read again. */
export class WriteConflict extends Error {
  override readonly name = "WriteConflict";
}

/** Entries, decisions and rejected events in the database; the same SQL on Postgres and on PGlite. */
export class EntryStore {
  readonly #database: Kysely<LedgerTables>;

  constructor(database: Kysely<LedgerTables>) {
    this.#database = database;
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
      join entries using (request_id, delivery, attempt)
    `.execute(this.#database);
    return rows.map(entryFromRow);
  }

  /**
   * Entries whose missing event should long have come: open ones past their deadline, settled ones without
   * `dispatched`.
   * @param beforeMs deadlines and settlements before this time, epoch milliseconds
   */
  async findExpired(beforeMs: number, limit: number): Promise<Entry[]> {
    const before = new Date(beforeMs);
    const rows = await this.#database
      .selectFrom("entries")
      .selectAll()
      .where((where) =>
        where.or([
          where.and([where("status", "=", "open"), where("deadline_at", "<", before)]),
          where.and([
            where("status", "=", "settled"),
            where("pricing", "=", "pending"),
            where("settled_at", "<", before),
          ]),
        ]),
      )
      .orderBy("request_id")
      .limit(limit)
      .execute();
    return rows.map(entryFromRow);
  }

  /**
   * Writes all of it in one transaction.
   * @throws WriteConflict when an entry is no longer the one that was read; nothing is written then
   */
  async write(write: LedgerWrite): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await writeEntries(transaction, write.entries);
      await writeDecisions(transaction, write.decisions);
      await writeRejected(transaction, write.rejected);
    });
  }
}

/** Columns that a later write replaces: all but the key. */
const entryColumns = Object.keys(
  entryToJson({
    key: { requestId: "", delivery: 1, attempt: 1 },
    version: 0,
    status: "open",
    pricing: "pending",
  }),
).filter((column) => !["request_id", "delivery", "attempt"].includes(column));

async function writeEntries(database: Kysely<LedgerTables>, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return;
  // In one order everywhere, so that two writers wait for each other and don't lock each other out.
  const sorted = [...entries].sort((a, b) => (a.key.requestId < b.key.requestId ? -1 : 1));
  const json = JSON.stringify(sorted.map((entry) => entryToJson({ ...entry, version: entry.version + 1 })));
  const assignments = entryColumns.map(
    (column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`,
  );
  const { rows } = await sql`
    insert into entries
    select * from jsonb_populate_recordset(null::entries, ${json}::jsonb)
    on conflict (request_id, delivery, attempt) do update set ${sql.join(assignments)}
    where entries.version = excluded.version - 1
    returning entries.request_id
  `.execute(database);
  if (rows.length !== entries.length) throw new WriteConflict("an entry was changed by another writer");
}

async function writeDecisions(
  database: Kysely<LedgerTables>,
  decisions: readonly AuditedDecision[],
): Promise<void> {
  if (decisions.length === 0) return;
  const json = JSON.stringify(decisions.map(decisionToJson));
  await sql`
    insert into decisions
    select * from jsonb_populate_recordset(null::decisions, ${json}::jsonb)
    on conflict (request_id, service, policy, direction, rule, action) do update set
      count = greatest(decisions.count, excluded.count),
      occurred_at = least(decisions.occurred_at, excluded.occurred_at)
  `.execute(database);
}

function decisionToJson(decision: AuditedDecision): { [Column in keyof DecisionTable]: unknown } {
  return {
    request_id: decision.requestId,
    service: decision.service,
    policy: decision.policy,
    direction: decision.direction,
    rule: decision.rule ?? "",
    action: decision.action,
    count: decision.count,
    occurred_at: new Date(decision.atMs).toISOString(),
    owner_key: decision.identity.keyId,
    owner_user: decision.identity.user ?? null,
    owner_team: decision.identity.team ?? null,
    owner_application: decision.identity.application ?? null,
    owner_department: decision.identity.department ?? null,
    owner_tags: decision.identity.tags,
    request_model: decision.requestModel,
  };
}

async function writeRejected(
  database: Kysely<LedgerTables>,
  rejected: readonly RejectedEvent[],
): Promise<void> {
  if (rejected.length === 0) return;
  await database
    .insertInto("rejected_events")
    .values(
      rejected.map((event) => ({
        digest: event.digest,
        subject: event.subject,
        data: Buffer.from(event.data),
        reason: event.reason,
        stream_sequence: BigInt(event.streamSequence),
        published_at: new Date(event.publishedAtMs),
      })),
    )
    .onConflict((conflict) => conflict.column("digest").doNothing())
    .execute();
}
