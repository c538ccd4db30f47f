import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startTestPostgres } from "@sluice/servers/testing/test-servers";
import { sql } from "kysely";
import { type LedgerDatabase, openPglite, openPostgres } from "../adapters/database.ts";
import { migrate } from "../adapters/migrations.ts";

/** The one of the clone, which the set-up keeps. */
const cacheFolder = fileURLToPath(new URL("../../../../.toolchain/cache", import.meta.url));

/** The databases that the ledger promises to be the same on. */
export const databaseKinds = ["pglite", "postgres"] as const;
export type DatabaseKind = (typeof databaseKinds)[number];

export interface TestDatabase extends LedgerDatabase {
  /** Where it listens; undefined for PGlite. */
  url: string | undefined;
  /** Deletes all rows. */
  clear(): Promise<void>;
  /** All rows of the tables in the order of their keys, with all columns but the count of writes. */
  rows(): Promise<{ entries: object[]; decisions: object[]; feedback: object[]; changes: object[] }>;
}

/** An empty ledger on a real database; `close` ends what was started for it. */
export async function openTestDatabase(kind: DatabaseKind): Promise<TestDatabase> {
  const server = kind === "postgres" ? await startTestPostgres() : undefined;
  const folder = await mkdtemp(join(tmpdir(), "sluice-ledger-"));
  const database =
    server === undefined ? await openPglite(folder, cacheFolder) : openPostgres(server.url, () => undefined);
  await migrate(database.kysely);
  return {
    ...database,
    url: server?.url,
    clear: async () => {
      await sql`truncate entries, decisions, feedback, changes, rebuilds`.execute(database.kysely);
    },
    rows: async () => {
      const entries = await database.kysely
        .selectFrom("entries")
        .selectAll()
        .orderBy("request_id")
        .orderBy("delivery")
        .orderBy("attempt")
        .execute();
      const decisions = await database.kysely
        .selectFrom("decisions")
        .selectAll()
        .orderBy("request_id")
        .orderBy("service")
        .orderBy("policy")
        .orderBy("direction")
        .orderBy("rule")
        .orderBy("action")
        .execute();
      const feedback = await database.kysely
        .selectFrom("feedback")
        .selectAll()
        .orderBy("request_id")
        .orderBy("owner_key")
        .execute();
      const changes = await database.kysely
        .selectFrom("changes")
        .selectAll()
        .orderBy("change_id")
        .orderBy("kind")
        .orderBy("namespace")
        .orderBy("name")
        .execute();
      return { entries: entries.map(({ version: _version, ...row }) => row), decisions, feedback, changes };
    },
    close: async () => {
      await database.close();
      await server?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
