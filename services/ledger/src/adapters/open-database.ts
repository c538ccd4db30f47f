import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@sluice/telemetry/logger";
import type { Config } from "../config.ts";
import { type LedgerDatabase, openPglite, openPostgres } from "./database.ts";
import { isUnavailable } from "./database-error.ts";
import { migrate } from "./migrations.ts";

const firstPauseMs = 250;
const longestPauseMs = 5_000;

/**
 * Opens the database of the configuration and brings its tables up to date. A Postgres that is not there yet
 * is waited for; all else ends the start.
 *
 * @param signal Ends the wait.
 */
export async function openDatabase(
  config: Config,
  logger: Logger,
  signal: AbortSignal,
): Promise<LedgerDatabase> {
  const database =
    config.databaseUrl === undefined
      ? await openPglite(config.pgliteFolder, config.cacheFolder)
      : openPostgres(config.databaseUrl, (error) =>
          logger.warn({ err: error }, "a connection to the database was lost"),
        );
  try {
    await migrateWhenThere(database, logger, signal);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function migrateWhenThere(
  database: LedgerDatabase,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await migrate(database.kysely);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      logger.warn({ err: error, retryInMs: pauseMs }, "the database can't be reached; waiting for it");
      await sleep(pauseMs, undefined, { signal });
    }
  }
}
