import { startPostgres } from "@sluice/servers/postgres-server";
import { sql } from "kysely";
import { type LedgerDatabase, openPgliteInMemory, openPostgres } from "../adapters/database.ts";
import { migrate } from "../adapters/migrations.ts";

/** The databases that the ledger promises to be the same on. */
export const databaseKinds = ["pglite", "postgres"] as const;
export type DatabaseKind = (typeof databaseKinds)[number];

export interface TestDatabase extends LedgerDatabase {
  /** Where it listens; undefined for PGlite. */
  url: string | undefined;
  /** Deletes all rows. */
  clear(): Promise<void>;
}

/** An empty ledger on a real database; `close` ends what was started for it. */
export async function openTestDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  const server = kind === "postgres" ? await startPostgres() : undefined;
  const database =
    server === undefined ? await openPgliteInMemory() : openPostgres(server.url, () => undefined);
  await migrate(database.kysely);
  return {
    ...database,
    url: server?.url,
    clear: async () => {
      await sql`truncate entries, decisions, rejected_events`.execute(database.kysely);
    },
    close: async () => {
      await database.close();
      await server?.stop();
    },
  };
}
