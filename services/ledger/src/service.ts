import { announceService } from "@sluice/bus/announce-service";
import { followSnapshots } from "@sluice/resources/snapshot-follower";
import type { RunningService, ServiceContext } from "@sluice/runtime/run-service";
import { DatabaseHealth } from "./adapters/database-health.ts";
import { EntryStore } from "./adapters/entry-store.ts";
import { createLedgerMetrics } from "./adapters/ledger-metrics.ts";
import { openDatabase } from "./adapters/open-database.ts";
import { SnapshotPrices } from "./adapters/snapshot-prices.ts";
import type { Config } from "./config.ts";
import { createApi } from "./handlers/api.ts";
import { ConsumerProgress, consumeUsage } from "./handlers/consume-usage.ts";
import { watchExpiry } from "./handlers/watch-expiry.ts";

/**
 * Books the usage events of the stream and answers what was spent: the database first, then the events that
 * fill it, then those that never come, then the API that reads it.
 */
export async function startLedger(context: ServiceContext<Config>): Promise<RunningService> {
  const { config, bus, logger, tracing, signal } = context;
  const database = await openDatabase(config, logger, signal);
  const follower = await followSnapshots(bus, { signal });

  const progress = new ConsumerProgress();
  const metrics = createLedgerMetrics(context.metrics, () => progress.pending);
  const reporters = { logger, tracing, metrics };
  const store = new EntryStore(database.kysely);
  const prices = new SnapshotPrices(follower, logger);
  const consumer = await consumeUsage({ bus, store, prices, reporters, progress });
  const expiry = watchExpiry({
    store,
    prices,
    reporters,
    graceMs: config.graceMs,
    intervalMs: config.expiryIntervalMs,
    isCaughtUp: () => progress.caughtUp && bus.connected,
  });

  const health = new DatabaseHealth(database.kysely);
  const missing = (): string[] => (health.reachable ? [] : ["database"]);
  const api = await createApi({
    database: database.kysely,
    adminKeySha256: config.adminKeySha256,
    logger,
    notReadyBecause: () => [...(bus.connected ? [] : ["bus"]), ...missing()],
  });
  const url = await api.listen({ host: config.host, port: config.port });
  const announced = await announceService(bus, "Books what was used and answers what it cost.");
  logger.info({ database: database.kind }, "ledger open");

  return {
    ready: { url },
    notReadyBecause: missing,
    stop: async () => {
      await announced.stop();
      await consumer.stop();
      await expiry.stop();
      await api.close();
      await health.stop();
      follower.stop();
      await database.close();
    },
  };
}
