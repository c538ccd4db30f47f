import { randomUUID } from "node:crypto";
import { consumeEvents } from "@sluice/bus/event-consumer";
import { waitingEvents } from "@sluice/bus/events";
import { ballastBytes, provisionBus } from "@sluice/bus/provision";
import { startTestBus, type TestBus } from "@sluice/bus/testing/test-bus";
import { noUsage } from "@sluice/contracts/usage";
import { type DispatchedEvent, type UsageEvent, usageEventBatchSchema } from "@sluice/contracts/usage-event";
import { afterEach, describe, expect, it } from "vitest";
import { UnrecordedAlarm } from "./unrecorded-alarm.ts";
import { UsageRecorder } from "./usage-recorder.ts";

let testBus: TestBus;
afterEach(() => testBus.stop());

/** @param roomBytes that the event stream has for events */
async function startRecorder(roomBytes?: number) {
  testBus = await startTestBus(roomBytes === undefined ? {} : { maxEventBytes: roomBytes + ballastBytes });
  const bus = await testBus.connect("router");
  const events: UsageEvent[] = [];
  await consumeEvents(await testBus.connect("ledger"), {
    handler: (batch) => {
      for (const { data } of batch) {
        events.push(...usageEventBatchSchema.parse(JSON.parse(Buffer.from(data).toString())).events);
      }
      return Promise.resolve();
    },
  });
  const recorder = new UsageRecorder(bus, new UnrecordedAlarm(bus.logger, bus.metrics));
  const typesOf = ({ requestId }: DispatchedEvent): string[] =>
    events.filter((event) => event.requestId === requestId).map(({ type }) => type);
  const counted = async (name: string): Promise<number> =>
    Number(new RegExp(`^sluice_router_${name}_total (\\d+)$`, "m").exec(await bus.metrics.render())?.[1]);
  return { bus, recorder, events, typesOf, counted };
}

/** @param tagBytes makes the event larger */
function dispatchedEvent(tagBytes = 0): DispatchedEvent {
  const atMs = Date.now();
  return {
    type: "dispatched",
    requestId: randomUUID(),
    delivery: 1,
    attempt: 1,
    atMs,
    deadlineMs: atMs + 60_000,
    identity: { keyId: "key-1", tags: ["x".repeat(tagBytes)] },
    operation: "chat",
    dialect: "openai",
    requestModel: "m",
    backend: "b",
    provider: "openai",
    providerModel: "m",
    stream: false,
    estimatedUsage: noUsage,
    decisions: [],
  };
}

describe("a call that has to be recorded", () => {
  it("is refused by a full stream, which is told nothing more of it", async () => {
    const { bus, recorder } = await startRecorder(20_000);
    await recorder.dispatched(dispatchedEvent(15_000), "refuse");
    const refused = recorder.dispatched(dispatchedEvent(15_000), "refuse");
    await expect(refused).rejects.toMatchObject({ code: "ledger_unavailable" });
    expect(waitingEvents(bus)).toBe(0);
  });

  it("and may be in a stream that never said so, is settled as not called once the stream is back", async () => {
    const { recorder, events } = await startRecorder();
    await testBus.stopServer();
    const event = dispatchedEvent();
    await expect(recorder.dispatched(event, "refuse")).rejects.toMatchObject({ code: "ledger_unavailable" });
    await testBus.restartServer();
    await expect.poll(() => events, { timeout: 15_000 }).toHaveLength(1);
    const { requestId } = event;
    expect(events).toMatchObject([{ type: "settled", requestId, outcome: "not_called", usage: noUsage }]);
  });
});

describe("a call that may go unrecorded", () => {
  it("is recorded like any other while the stream takes it, and raises no alarm", async () => {
    const { recorder, typesOf, counted } = await startRecorder();
    const event = dispatchedEvent();
    await recorder.dispatched(event, "allow");
    await expect.poll(() => typesOf(event)).toEqual(["dispatched"]);
    expect(await counted("unrecorded")).toBe(0);
  });

  it("goes on when the stream is full, and is recorded when there is room", async () => {
    const { recorder, typesOf, counted } = await startRecorder(20_000);
    await recorder.dispatched(dispatchedEvent(15_000), "allow");
    const events = [dispatchedEvent(15_000), dispatchedEvent(15_000)];
    for (const event of events) await recorder.dispatched(event, "allow");
    expect(await counted("unrecorded")).toBe(2);
    expect(events.map(typesOf)).toEqual([[], []]);
    await provisionBus({ ...testBus.credentials("operator"), maxEventBytes: 2 ** 20 });
    await expect
      .poll(() => events.map(typesOf), { timeout: 15_000 })
      .toEqual([["dispatched"], ["dispatched"]]);
    expect(await counted("events_dropped")).toBe(0);
  });

  it("is one of thousands that end in one moment, and all of them are recorded", async () => {
    const { recorder, events } = await startRecorder();
    await Promise.all(Array.from({ length: 5000 }, () => recorder.dispatched(dispatchedEvent(), "allow")));
    await expect.poll(() => events.length).toBe(5000);
  });

  it("goes on when the stream is silent, and is recorded when it is back", async () => {
    const { bus, recorder, typesOf, counted } = await startRecorder();
    await testBus.stopServer();
    const event = dispatchedEvent();
    await recorder.dispatched(event, "allow");
    expect([await counted("unrecorded"), waitingEvents(bus)]).toEqual([1, 1]);
    await testBus.restartServer();
    await expect.poll(() => typesOf(event), { timeout: 15_000 }).toEqual(["dispatched"]);
  });

  it("goes on when there is no room for its events either, and they are counted as lost", async () => {
    const { recorder, counted } = await startRecorder();
    await testBus.stopServer();
    const kilobytes = 16 * 1024;
    const calls = Array.from({ length: 5000 }, () =>
      recorder.dispatched(dispatchedEvent(kilobytes), "allow"),
    );
    await Promise.all(calls);
    expect(await counted("unrecorded")).toBe(5000);
    // 64 MiB is room for no more than 4096 of them.
    expect(await counted("events_dropped")).toBeGreaterThanOrEqual(5000 - 4096);
    expect(await counted("events_dropped")).toBeLessThan(5000);
  });
});
