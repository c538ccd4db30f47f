import { existsSync, mkdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";
import { Kysely, PGliteDialect, PostgresDialect } from "kysely";
import pg from "pg";
import { EmptyDatabase } from "./empty-database.ts";
import { lockFolder } from "./folder-lock.ts";
import type { LedgerTables } from "./tables.ts";

/** OID of `int8`. Both drivers would else read it in ways of their own (text, or a number where it fits). */
const int8Oid = 20;

export interface LedgerDatabase {
  kysely: Kysely<LedgerTables>;
  /** `pglite` lets one process in; `postgres` as many as there are replicas. */
  kind: "pglite" | "postgres";
  close(): Promise<void>;
}

/** Opens the ledger on a Postgres server. No connection is made until the first query. */
export function openPostgres(url: string, onLostConnection: (error: Error) => void): LedgerDatabase {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: "sluice-ledger",
    max: 8,
    // A server that is gone must show as an error within seconds, not as a request that hangs.
    connectionTimeoutMillis: 3000,
    query_timeout: 30_000,
    keepAlive: true,
    types: {
      getTypeParser: (oid, format) =>
        oid === int8Oid && format !== "binary" ? BigInt : pg.types.getTypeParser(oid, format),
    },
  });
  // A connection that breaks while it is idle, or between two statements of a transaction, is replaced by the
  // pool or fails the next statement; without a listener on both, it would end the process.
  pool.on("error", onLostConnection);
  pool.on("connect", (client) => client.on("error", onLostConnection));
  const kysely = new Kysely<LedgerTables>({ dialect: new PostgresDialect({ pool }) });
  return { kysely, kind: "postgres", close: () => kysely.destroy() };
}

/**
 * Opens the ledger in this process on PGlite, with its files in a folder.
 * @param cacheFolder where the files of an empty database are kept for the next folder. @default none are kept
 * @throws SluiceError `internal` when another process has the folder open: two would destroy it
 */
export async function openPglite(folder: string, cacheFolder?: string): Promise<LedgerDatabase> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(folder);
  try {
    const location = join(folder, "data");
    const pglite = existsSync(location)
      ? await PGlite.create(location, pgliteOptions)
      : await createPglite(location, cacheFolder);
    return ledgerOn(pglite, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

const pgliteOptions = { parsers: { [int8Oid]: BigInt }, extensions: { vector } };

/** Makes a database where none is, of a kept one where there is one or one can be kept. */
async function createPglite(location: string, cacheFolder: string | undefined): Promise<PGlite> {
  if (cacheFolder === undefined) return await PGlite.create(location, pgliteOptions);
  const empty = new EmptyDatabase(cacheFolder);
  try {
    await empty.copyTo(location);
    return await PGlite.create(location, pgliteOptions);
  } catch {
    await empty.forget().catch(() => undefined);
    await rm(location, { recursive: true, force: true });
    return await PGlite.create(location, pgliteOptions);
  }
}

function ledgerOn(pglite: PGlite, onClosed: () => void): LedgerDatabase {
  const kysely = new Kysely<LedgerTables>({ dialect: new PGliteDialect({ pglite }) });
  return {
    kysely,
    kind: "pglite",
    close: async () => {
      await kysely.destroy();
      if (!pglite.closed) await pglite.close();
      onClosed();
    },
  };
}
