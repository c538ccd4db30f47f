import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { Kysely, PGliteDialect, PostgresDialect } from "kysely";
import pg from "pg";
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
 * @throws SluiceError `internal` when another process has the folder open: two would destroy it
 */
export async function openPglite(folder: string): Promise<LedgerDatabase> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = await lockFolder(folder);
  try {
    return await createPglite(join(folder, "data"), () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Opens the ledger on PGlite in memory; gone when it is closed. */
export function openPgliteInMemory(): Promise<LedgerDatabase> {
  return createPglite("memory://", () => undefined);
}

async function createPglite(location: string, onClosed: () => void): Promise<LedgerDatabase> {
  const pglite = await PGlite.create(location, { parsers: { [int8Oid]: BigInt } });
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
