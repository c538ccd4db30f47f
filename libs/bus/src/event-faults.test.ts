import { eventStream, eventSubjects, ledgerConsumer } from "@sluice/contracts/subjects";
import { startTestNatsServer } from "@sluice/servers/testing/test-servers";
import { createLogger } from "@sluice/telemetry/logger";
import { createMeshMetrics } from "@sluice/telemetry/mesh-metrics";
import { connect } from "nats";
import { afterEach, describe, expect, it } from "vitest";
import type { Bus } from "./bus.ts";
import { connectBus } from "./connect.ts";
import { consumeEvents } from "./event-consumer.ts";
import { publishEvent, waitingEvents } from "./events.ts";
import { connectionOf } from "./internal/connection.ts";
import { provisionBus } from "./provision.ts";

/** A server on which everybody may do everything, so that a test can play the stream's part. */
const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function openServer() {
  const server = await startTestNatsServer();
  cleanUps.push(() => server.stop());
  const client = await connect({ servers: server.url });
  cleanUps.push(() => client.close());
  return { server, client };
}

async function connectService(servers: string, service: "router" | "ledger"): Promise<Bus> {
  const instance = `${service}-abcdefgh`;
  const logger = createLogger({ service, instance, level: "silent" });
  const bus = await connectBus({
    servers,
    service,
    instance,
    logger,
    metrics: createMeshMetrics({ service, instance }),
  });
  cleanUps.push(() => bus.drain());
  return bus;
}

describe("an event", () => {
  it.each(["", "{}", "not JSON", '{"stream":"OTHER","seq":1}', "null"])(
    "is not taken for stored by the answer %j",
    async (answer) => {
      const { server, client } = await openServer();
      let asked = 0;
      client.subscribe(eventSubjects.usage, {
        callback: (_error, message) => {
          asked++;
          message.respond(asked === 1 ? answer : `{"stream":"${eventStream.name}","seq":1,"duplicate":true}`);
        },
      });
      await client.flush();
      const router = await connectService(server.url, "router");
      let stored = false;
      const storing = publishEvent(router, "usage", Buffer.from("{}"), "odd").then(() => {
        stored = true;
      });
      await expect.poll(() => asked).toBe(1);
      await client.flush();
      await connectionOf(router).flush();
      expect([stored, waitingEvents(router)]).toEqual([false, 1]);
      await storing;
      expect(asked).toBe(2);
    },
  );

  it("waits for a stream that is away for a moment, as long as its publisher has patience", async () => {
    const { server } = await openServer();
    const router = await connectService(server.url, "router");
    const hasty = publishEvent(router, "usage", Buffer.from("1"), "1", { giveUpAfterMs: 200 });
    await expect(hasty).rejects.toMatchObject({ code: "ledger_unavailable" });
    const patient = publishEvent(router, "usage", Buffer.from("2"), "2", { giveUpAfterMs: 8000 });
    await connectionOf(router).flush();
    await provisionBus({ servers: server.url });
    await patient;
    expect(waitingEvents(router)).toBe(0);
  });

  it("that is refused is tried on where its publisher wants that, among many without flooding the bus", async () => {
    const { server, client } = await openServer();
    const askedPerEvent = new Map<string, number>();
    let full = true;
    client.subscribe(eventSubjects.usage, {
      callback: (_error, message) => {
        const id = message.headers?.get("Nats-Msg-Id") ?? "";
        askedPerEvent.set(id, (askedPerEvent.get(id) ?? 0) + 1);
        message.respond(
          full
            ? '{"stream":"SLUICE_EVENTS","error":{"code":503,"description":"maximum bytes exceeded"}}'
            : `{"stream":"${eventStream.name}","seq":1}`,
        );
      },
    });
    await client.flush();
    const router = await connectService(server.url, "router");
    const events = 1000;
    let refusals = 0;
    const stored = Array.from({ length: events }, (_, index) =>
      publishEvent(router, "usage", Buffer.from("{}"), `full-${index}`, { onRefused: () => refusals++ }),
    );
    await expect.poll(() => askedPerEvent.get("full-0"), { timeout: 10_000 }).toBe(3);
    const asked = [...askedPerEvent.values()].reduce((sum, times) => sum + times, 0);
    expect(asked).toBeLessThan(events * 1.5);
    expect(refusals).toBeGreaterThanOrEqual(events);
    full = false;
    await Promise.all(stored);
    expect(waitingEvents(router)).toBe(0);
  });

  it("is given up at once while the stream is silent and others wait for it, and taken when it speaks", async () => {
    const { server, client } = await openServer();
    let speaks = false;
    client.subscribe(eventSubjects.usage, {
      callback: (_error, message) => {
        if (speaks) message.respond(`{"stream":"${eventStream.name}","seq":1}`);
      },
    });
    await client.flush();
    const router = await connectService(server.url, "router");
    const payload = Buffer.from("{}");
    const publish = (id: string) => publishEvent(router, "usage", payload, id, { giveUpAfterMs: 60_000 });
    const waiting = Array.from({ length: 16 }, (_none, index) => publish(`waiting ${index}`));
    let refusals = 0;
    let tries = 0;
    const tried: Promise<void>[] = [];
    await expect
      .poll(
        () => {
          tried.push(publish(`try ${tries++}`).catch(() => void refusals++));
          return refusals;
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(0);
    speaks = true;
    await Promise.all([...waiting, ...tried]);
    await publish("afterwards");
    expect(refusals).toBeGreaterThan(0);
  });

  it("does no harm when its bus is closed before it is stored", async () => {
    const { server } = await openServer();
    const router = await connectService(server.url, "router");
    const late = publishEvent(router, "usage", Buffer.from("1"), "1", { giveUpAfterMs: 300 });
    await Promise.all([router.drain(), expect(late).rejects.toMatchObject({ code: "ledger_unavailable" })]);
    const after = publishEvent(router, "usage", Buffer.from("2"), "2", { giveUpAfterMs: 100 });
    await expect(after).rejects.toMatchObject({ code: "ledger_unavailable" });
  });
});

describe("the consumer of events", () => {
  async function withEvents(count: number) {
    const { server, client } = await openServer();
    await provisionBus({ servers: server.url });
    const jetstream = client.jetstream();
    for (let index = 0; index < count; index++) {
      await jetstream.publish(eventSubjects.usage, Buffer.from(String(index)));
    }
    const manager = await client.jetstreamManager();
    const inHand = async (): Promise<number> =>
      (await manager.consumers.info(eventStream.name, ledgerConsumer)).num_ack_pending;
    return { server, inHand };
  }

  it("takes no more than a few batches while one is stuck", async () => {
    const { server, inHand } = await withEvents(600);
    const ledger = await connectService(server.url, "ledger");
    const stuck = Promise.withResolvers<void>();
    let seen = 0;
    const consumer = await consumeEvents(ledger, {
      maxBatch: 10,
      handler: async (events) => {
        await stuck.promise;
        seen += events.length;
      },
    });
    await expect.poll(inHand).toBeGreaterThanOrEqual(10);
    let before = -1;
    const stands = async (): Promise<boolean> => {
      const now = await inHand();
      const same = now === before;
      before = now;
      return same;
    };
    await expect.poll(stands, { interval: 200 }).toBe(true);
    expect(before).toBeLessThanOrEqual(60);
    stuck.resolve();
    await expect.poll(() => seen, { timeout: 10_000 }).toBe(600);
    await consumer.stop();
  });

  it("gives back what it has not handed over when it stops", async () => {
    const { server } = await withEvents(100);
    const first = await connectService(server.url, "ledger");
    const started = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const handled: string[] = [];
    const consumer = await consumeEvents(first, {
      maxBatch: 10,
      handler: async (events) => {
        started.resolve();
        await held.promise;
        handled.push(...events.map((event) => Buffer.from(event.data).toString()));
      },
    });
    await started.promise;
    const stopped = consumer.stop();
    held.resolve();
    await stopped;
    expect(handled.length).toBeLessThanOrEqual(10);
    const second = await connectService(server.url, "ledger");
    const rest = await consumeEvents(second, {
      handler: (events) => {
        handled.push(...events.map((event) => Buffer.from(event.data).toString()));
        return Promise.resolve();
      },
    });
    // What was on its way to the first when it stopped comes after the consumer's ack wait of 10 s.
    // Delivery is at least once: one that is given back while the server already sends it again comes twice.
    await expect.poll(() => new Set(handled).size, { timeout: 20_000 }).toBe(100);
    await rest.stop();
  });

  it("does no harm when its bus is closed while a batch is in hand", async () => {
    const { server } = await withEvents(5);
    const ledger = await connectService(server.url, "ledger");
    const started = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const consumer = await consumeEvents(ledger, {
      handler: async () => {
        started.resolve();
        await held.promise;
      },
    });
    await started.promise;
    await ledger.drain();
    held.resolve();
    await consumer.stop();
    expect(ledger.connected).toBe(false);
  });
});
