import { type Kysely, type Selectable, sql } from "kysely";
import type { LedgerTables, RebuildTable } from "./tables.ts";

/** How far a rebuild has come. */
export interface RebuildProgress {
  eventsDone: number;
  eventsTotal: number;
  deadLetters: number;
}

/**
 * Notes that a rebuild begins.
 * @returns its number: one more than that of any rebuild of this database before
 */
export async function noteBegin(database: Kysely<LedgerTables>, instance: string): Promise<number> {
  const { rows } = await sql<{ generation: number }>`
    insert into rebuilds (is_latest, generation, instance, started_at, events_done, events_total, dead_letters)
    values (true, 1, ${instance}, ${new Date().toISOString()}, 0, 0, 0)
    on conflict (is_latest) do update set
      generation = rebuilds.generation + 1, instance = excluded.instance, started_at = excluded.started_at,
      finished_at = null, events_done = 0, events_total = 0, dead_letters = 0, error = null
    returning generation
  `.execute(database);
  return rows[0]?.generation ?? 1;
}

/** Notes how far it has come. */
export async function noteProgress(database: Kysely<LedgerTables>, progress: RebuildProgress): Promise<void> {
  await database
    .updateTable("rebuilds")
    .set({
      events_done: BigInt(progress.eventsDone),
      events_total: BigInt(progress.eventsTotal),
      dead_letters: BigInt(progress.deadLetters),
    })
    .execute();
}

/**
 * Notes that it is over; one that is over already stays what it is.
 * @param error why it failed; null when it did its work
 */
export async function noteEnd(
  database: Kysely<LedgerTables>,
  generation: number,
  error: string | null,
): Promise<void> {
  await database
    .updateTable("rebuilds")
    .set({ finished_at: new Date(), error })
    .where("generation", "=", generation)
    .where("finished_at", "is", null)
    .execute();
}

/** The rebuild that runs, or the last one that ran; undefined where there was none. */
export async function findRebuild(
  database: Kysely<LedgerTables>,
): Promise<Selectable<RebuildTable> | undefined> {
  return await database.selectFrom("rebuilds").selectAll().executeTakeFirst();
}
