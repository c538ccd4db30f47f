import { randomUUID } from "node:crypto";
import type { Bus } from "@sluice/bus/bus";
import { readEventLag } from "@sluice/bus/event-lag";
import { publishEvent } from "@sluice/bus/events";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { eventSubjects } from "@sluice/contracts/subjects";
import { createLogger } from "@sluice/telemetry/logger";
import { createMeshMetrics } from "@sluice/telemetry/mesh-metrics";
import { startTracing, type Tracing } from "@sluice/telemetry/tracing";
import { expect } from "vitest";
import type { LedgerDatabase } from "../adapters/database.ts";
import { EntryStore } from "../adapters/entry-store.ts";
import { createLedgerMetrics } from "../adapters/ledger-metrics.ts";
import type { EventMessage } from "../domain/event-message.ts";
import { StreamClock } from "../domain/stream-clock.ts";
import { consumeUsage, type UsageConsumer } from "../handlers/consume-usage.ts";
import { keepingDeadLetters } from "../handlers/keep-dead-letters.ts";
import type { EventSinks } from "../handlers/record-events.ts";
import type { Reporters } from "../handlers/report-recorded.ts";
import { usageMessage } from "./sample-events.ts";

/** A real event stream with what books it. */
export interface TestStream {
  testBus: TestBus;
  /** As the ledger. */
  bus: Bus;
  clock: StreamClock;
  sinksOn(database: Pick<LedgerDatabase, "kysely">): EventSinks;
  /** Publishes each message apart, in their order, as the service does that makes such events. */
  publish(...messages: Pick<EventMessage, "subject" | "data">[]): Promise<void>;
  publishEvents(...events: Parameters<typeof usageMessage>): Promise<void>;
  /** Books the stream into a database, as the service does, until the end of the test. */
  consume(database: Pick<LedgerDatabase, "kysely">): Promise<UsageConsumer>;
  /** Resolves when everything that is in the stream is booked. */
  untilBooked(): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestStream(): Promise<TestStream> {
  const testBus = await startTestBus();
  const bus = await testBus.connect("ledger");
  const router = await testBus.connect("router");
  const auth = await testBus.connect("auth");
  const clock = new StreamClock();
  const reporters = await quietReporters();
  const keepDeadLetters = keepingDeadLetters(bus, reporters);
  const consumers: UsageConsumer[] = [];
  const sinksOn = (database: Pick<LedgerDatabase, "kysely">): EventSinks => ({
    store: new EntryStore(database.kysely),
    keepDeadLetters,
  });
  const publish: TestStream["publish"] = async (...messages) => {
    for (const { subject, data } of messages) {
      if (subject === eventSubjects.feedback) await publishEvent(auth, "feedback", data, randomUUID());
      else if (subject === eventSubjects.decision) await publishEvent(router, "decision", data, randomUUID());
      else await publishEvent(router, "usage", data, randomUUID());
    }
  };
  return {
    testBus,
    bus,
    clock,
    sinksOn,
    publish,
    publishEvents: (...events) => publish(usageMessage(...events)),
    consume: async (database) => {
      const consumer = await consumeUsage({ bus, sinks: sinksOn(database), reporters, clock });
      consumers.push(consumer);
      return consumer;
    },
    untilBooked: async () => {
      await expect.poll(async () => (await readEventLag(bus)).waiting, { timeout: 60_000 }).toBe(0);
    },
    stop: async () => {
      await Promise.all(consumers.map((consumer) => consumer.stop()));
      await testBus.stop();
    },
  };
}

async function quietReporters(): Promise<Reporters> {
  const identity = { service: "ledger", instance: "ledger-test0001" } as const;
  const tracing: Tracing = await startTracing({ ...identity, otlpEndpoint: undefined, sampleRatio: 0 });
  const metrics = createLedgerMetrics(
    createMeshMetrics(identity),
    () => undefined,
    () => undefined,
  );
  return { logger: createLogger({ ...identity, level: "silent" }), tracing, metrics };
}
