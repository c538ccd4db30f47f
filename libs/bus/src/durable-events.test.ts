import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { consumeEvents, type EventConsumer, type StoredEvent } from "./event-consumer.ts";
import { publishEvent, settleEvents, waitingEvents } from "./events.ts";
import { startTestBus, type TestBus } from "./testing/test-bus.ts";

let testBus: TestBus;
const consumers: EventConsumer[] = [];

beforeAll(async () => {
  testBus = await startTestBus();
});
afterEach(async () => {
  await Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
});
afterAll(() => testBus.stop());

const textOf = (event: StoredEvent): string => Buffer.from(event.data).toString();

async function collectInto(seen: string[], fail: (text: string) => boolean = () => false): Promise<void> {
  const ledger = await testBus.connect("ledger");
  consumers.push(
    await consumeEvents(ledger, {
      retryDelayMs: 50,
      handler: (events) => {
        for (const event of events) if (fail(textOf(event))) return Promise.reject(new Error("not now"));
        seen.push(...events.map(textOf));
        return Promise.resolve();
      },
    }),
  );
}

describe("durable events", () => {
  it("are there once the promise resolves, in order, and single when published again with the same id", async () => {
    const router = await testBus.connect("router");
    for (const text of ["one", "two", "two", "three"]) {
      await publishEvent(router, "usage", Buffer.from(text), `order-${text}`);
    }
    const seen: string[] = [];
    await collectInto(seen);
    await expect.poll(() => seen).toEqual(["one", "two", "three"]);
  });

  it("come again when the handler fails", async () => {
    const router = await testBus.connect("router");
    const seen: string[] = [];
    let failures = 2;
    await collectInto(seen, (text) => text === "retry" && failures-- > 0);
    await publishEvent(router, "usage", Buffer.from("retry"), "retry-1");
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(["retry"]);
  });

  it("wait for the bus to come back, and are refused at once where the publisher does not want to wait", async () => {
    const router = await testBus.connect("router");
    await publishEvent(router, "usage", Buffer.from("before"), "outage-before");
    await testBus.stopServer();
    await expect.poll(() => router.connected).toBe(false);
    const patient = publishEvent(router, "usage", Buffer.from("patient"), "outage-patient");
    await expect(
      publishEvent(router, "usage", Buffer.from("hasty"), "outage-hasty", { giveUpAfterMs: 100 }),
    ).rejects.toMatchObject({ code: "ledger_unavailable" });
    expect(waitingEvents(router)).toBe(1);
    await testBus.restartServer();
    await patient;
    expect(await settleEvents(router, 1000)).toBe(true);
    const seen: string[] = [];
    await collectInto(seen);
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(["before", "patient"]);
  });

  it("may not be published by a service that has none", async () => {
    const auth = await testBus.connect("auth");
    await expect(
      publishEvent(auth, "usage", Buffer.from("forged"), "forged", { giveUpAfterMs: 300 }),
    ).rejects.toMatchObject({ code: "ledger_unavailable" });
  });
});

describe("a full event stream", () => {
  it("refuses new events and keeps the old ones", async () => {
    const small = await startTestBus({ maxEventBytes: 20_000 });
    try {
      const router = await small.connect("router");
      const publish = (id: string) =>
        publishEvent(router, "usage", Buffer.alloc(4000, "x"), id, { giveUpAfterMs: 2000 });
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => publish(`full-${index}`)),
      );
      const kept = results.filter((result) => result.status === "fulfilled").length;
      const refused = results.filter((result) => result.status === "rejected");
      expect(kept).toBeGreaterThan(0);
      expect(refused.length).toBe(8 - kept);
      expect(refused.map((result) => result.reason.code)).toEqual(refused.map(() => "ledger_unavailable"));
      const ledger = await small.connect("ledger");
      let seen = 0;
      const consumer = await consumeEvents(ledger, {
        handler: (events) => {
          seen += events.length;
          return Promise.resolve();
        },
      });
      await expect.poll(() => seen).toBe(kept);
      await consumer.stop();
    } finally {
      await small.stop();
    }
  });
});
