import { announceService } from "@sluice/bus/announce-service";
import type { EventLag } from "@sluice/bus/event-lag";
import type { RunningService, ServiceContext } from "@sluice/runtime/run-service";
import { DatabaseHealth } from "./adapters/database-health.ts";
import { EntryStore } from "./adapters/entry-store.ts";
import { createLedgerMetrics } from "./adapters/ledger-metrics.ts";
import { openDatabase } from "./adapters/open-database.ts";
import { SimilarQuestionStore } from "./adapters/similar-question-store.ts";
import type { Config } from "./config.ts";
import { StreamClock } from "./domain/stream-clock.ts";
import { createApi } from "./handlers/api.ts";
import { consumeUsage } from "./handlers/consume-usage.ts";
import { keepingDeadLetters } from "./handlers/keep-dead-letters.ts";
import { keepSimilarQuestions } from "./handlers/keep-similar-questions.ts";
import { Rebuilder } from "./handlers/rebuilder.ts";
import { watchExpiry } from "./handlers/watch-expiry.ts";
import { watchStream } from "./handlers/watch-stream.ts";

/**
 * Books the usage events of the stream and answers what was spent: the database first, then the events that
 * fill it, then those that never come, then the API that reads it.
 */
export async function startLedger(context: ServiceContext<Config>): Promise<RunningService> {
  const { config, bus, logger, tracing, signal } = context;
  const database = await openDatabase(config, logger, signal);

  let lag: EventLag | undefined;
  let keptQuestions: number | undefined;
  const metrics = createLedgerMetrics(
    context.metrics,
    () => lag,
    () => keptQuestions,
  );
  const reporters = { logger, tracing, metrics };
  const clock = new StreamClock();
  const store = new EntryStore(database.kysely);
  const sinks = { store, keepDeadLetters: keepingDeadLetters(bus, reporters) };
  const rebuilder = new Rebuilder({ ...sinks, database, bus, clock, graceMs: config.graceMs });
  const consumer = await consumeUsage({ bus, sinks, reporters, clock });
  const stream = watchStream({
    bus,
    clock,
    logger,
    onLag: (latest) => {
      lag = latest;
    },
  });
  const expiry = watchExpiry({
    store,
    reporters,
    graceMs: config.graceMs,
    intervalMs: config.expiryIntervalMs,
    bookedUntilMs: () => stream.bookedUntilMs,
  });
  const similar = keepSimilarQuestions({
    bus,
    store: new SimilarQuestionStore(database.kysely),
    logger,
    metrics,
    onKept: (questions) => {
      keptQuestions = questions;
    },
  });

  const health = new DatabaseHealth(database.kysely);
  const missing = (): string[] => (health.reachable ? [] : ["database"]);
  const api = await createApi({
    database: database.kysely,
    bus,
    rebuilder,
    clockDifferenceMs: config.graceMs,
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
      await similar.stop();
      await expiry.stop();
      await stream.stop();
      await api.close();
      await rebuilder.stop();
      await health.stop();
      await database.close();
    },
  };
}
