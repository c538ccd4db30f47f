import type { Bus } from "@sluice/bus/bus";
import { readEventLag } from "@sluice/bus/event-lag";
import { replayEvents } from "@sluice/bus/event-replay";
import type { Kysely } from "kysely";
import { EntryStore } from "../adapters/entry-store.ts";
import {
  analyzeFreshTables,
  createFreshTables,
  findGivenUpInLiveOnly,
  putFreshTablesInPlace,
  stopWriters,
} from "../adapters/fresh-tables.ts";
import { freshTables } from "../adapters/ledger-tables.ts";
import { noteEnd, noteProgress, type RebuildProgress } from "../adapters/rebuild-store.ts";
import type { LedgerTables } from "../adapters/tables.ts";
import { expireEntry } from "../domain/expire-entry.ts";
import { partsOfBatch } from "../domain/parts-of-batch.ts";
import type { StreamClock } from "../domain/stream-clock.ts";
import { expireEntries } from "./expire-entries.ts";
import { type EventSinks, recordEvents } from "./record-events.ts";

export interface RebuildOptions {
  bus: Bus;
  keepDeadLetters: EventSinks["keepDeadLetters"];
  clock: StreamClock;
  /** How long after its deadline a call may settle. */
  graceMs: number;
  /** Ends the rebuild; the live tables are left as they are. */
  signal: AbortSignal;
}

/** With so few events left, they are booked while the live tables are locked. */
const shortTailEvents = 500;
/** Versions that the entries of one rebuild have for themselves; an entry is written a few times. */
const versionsOfGeneration = 10_000;
const givenUpBatch = 500;
/** How often the progress is noted. */
const noteIntervalMs = 250;

/**
 * Books the whole event stream anew, into tables of its own, and puts these in the place of the live ones:
 *
 * 1. From the first event to the last, while the live ledger goes on as ever. Again from there to what is the last
 *    by then, until little is left.
 * 2. In one transaction: nobody writes to the live tables any more, so all that they have booked is in the stream
 *    by now; the rest of the stream is booked; the tables change places.
 *
 * Who booked an event into the old tables while they were there finds it in the new ones, as it is in the stream.
 * Who read an entry of the old ones and writes it to the new ones fails for its version, and reads again.
 *
 * @param connection has the database for itself where that can be shared
 * @param generation number of the rebuild, which grows
 * @throws whatever keeps it from its end; the live tables are as they were then
 */
export async function rebuildLedger(
  connection: Kysely<LedgerTables>,
  generation: number,
  options: RebuildOptions,
): Promise<void> {
  const { bus, clock } = options;
  const storeOn = (database: Kysely<LedgerTables>): EntryStore =>
    new EntryStore(database, { tables: freshTables, firstVersion: generation * versionsOfGeneration + 1 });
  const store = storeOn(connection);
  await createFreshTables(connection);
  const replay = new Replay(options);

  let overdueBeforeMs: number | undefined;
  let left = Number.POSITIVE_INFINITY;
  for (;;) {
    // Before the question: what the stream took until then is in the answer.
    overdueBeforeMs = clock.nowMs();
    const leftBefore = left;
    left = await replay.look();
    if (left <= shortTailEvents || left >= leftBefore) break;
    await replay.toTheEnd(store, (progress) => noteProgress(connection, progress));
  }
  await analyzeFreshTables(connection);
  await connection.transaction().execute(async (transaction) => {
    await stopWriters(transaction);
    overdueBeforeMs = clock.nowMs();
    await replay.look();
    await replay.toTheEnd(storeOn(transaction));
    if (overdueBeforeMs !== undefined) {
      await expireEntries(storeOn(transaction), overdueBeforeMs - options.graceMs);
    }
    await giveUpAsInLive(transaction, storeOn(transaction));
    await putFreshTablesInPlace(transaction);
    await noteProgress(transaction, replay.progress);
    await noteEnd(transaction, generation, null);
  });
  bus.logger.info({ ...replay.progress }, "the ledger is rebuilt");
}

/** What is left of the stream to be booked. */
class Replay {
  readonly #options: RebuildOptions;
  readonly progress: RebuildProgress = { eventsDone: 0, eventsTotal: 0, deadLetters: 0 };
  #next = 1;
  #end = 0;

  constructor(options: RebuildOptions) {
    this.#options = options;
  }

  /** Looks how far the stream goes by now. @returns how many events are left */
  async look(): Promise<number> {
    const { firstSequence, lastSequence } = await readEventLag(this.#options.bus);
    this.#next = Math.max(this.#next, firstSequence);
    this.#end = lastSequence;
    const left = Math.max(0, lastSequence - this.#next + 1);
    this.progress.eventsTotal = this.progress.eventsDone + left;
    return left;
  }

  /** Books what is left up to where the last look ended. */
  async toTheEnd(
    store: EntryStore,
    note: (progress: RebuildProgress) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const { bus, keepDeadLetters, signal } = this.#options;
    let notedAtMs = Number.NEGATIVE_INFINITY;
    await replayEvents(bus, {
      from: this.#next,
      to: this.#end,
      signal,
      handler: async (events) => {
        for (const part of partsOfBatch(events)) {
          const { deadLetters } = await recordEvents({ store, keepDeadLetters }, part);
          this.progress.eventsDone += part.length;
          this.progress.deadLetters += deadLetters.length;
        }
        if (performance.now() - notedAtMs < noteIntervalMs) return;
        notedAtMs = performance.now();
        await note({ ...this.progress });
      },
    });
    this.#next = this.#end + 1;
    // Not every position has an event.
    this.progress.eventsTotal = this.progress.eventsDone;
  }
}

async function giveUpAsInLive(transaction: Kysely<LedgerTables>, fresh: EntryStore): Promise<void> {
  for (;;) {
    const keys = await findGivenUpInLiveOnly(transaction, givenUpBatch);
    if (keys.length === 0) return;
    const entries = await fresh.findByKeys(keys);
    await fresh.write({ entries: entries.map(expireEntry), decisions: [] });
  }
}
