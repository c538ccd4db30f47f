import { afterAll, beforeAll, expect, it } from "vitest";
import type { Bus } from "./bus.ts";
import { readEventLag } from "./event-lag.ts";
import { type ReplayOptions, replayEvents } from "./event-replay.ts";
import { publishEvent } from "./events.ts";
import { connectionOf } from "./internal/connection.ts";
import { startTestBus, type TestBus } from "./testing/test-bus.ts";

const count = 600;
let testBus: TestBus;
let ledger: Bus;
/** Position in the stream before the first event. */
let origin = 0;

beforeAll(async () => {
  testBus = await startTestBus();
  const router = await testBus.connect("router");
  for (let number = 1; number <= count; number++) {
    await publishEvent(router, "usage", Buffer.from(String(number)), `event-${number}`);
  }
  ledger = await testBus.connect("ledger");
  origin = (await readEventLag(ledger)).lastSequence - count;
});
afterAll(() => testBus.stop());

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** @param from number of the first event @param to number of the last one */
async function replayed(from = 1, to = count, options: Partial<ReplayOptions> = {}): Promise<number[]> {
  const seen: number[] = [];
  await replayEvents(ledger, {
    from: origin + from,
    to: origin + to,
    maxBatch: 100,
    handler: (events) => {
      seen.push(...events.map((event) => Number(Buffer.from(event.data).toString())));
      return Promise.resolve();
    },
    ...options,
  });
  return seen;
}

it("hands over every event between two positions, in order", async () => {
  expect(await replayed()).toEqual(numbers(1, count));
  expect(await replayed(150, 333)).toEqual(numbers(150, 333));
  expect(await replayed(5, 4)).toEqual([]);
});

it("leaves the ledger's own consumer where it is, and no other one behind", async () => {
  await replayed();
  expect(await readEventLag(ledger)).toMatchObject({
    waiting: count,
    lastSequence: origin + count,
    bookedSequence: 0,
  });
  const operator = await testBus.connectOperator();
  const manager = await connectionOf(operator).jetstreamManager();
  const consumers = await manager.consumers.list("SLUICE_EVENTS").next();
  expect(consumers.map(({ name }) => name)).toEqual(["ledger"]);
});

it("ends with what the handler throws", async () => {
  let calls = 0;
  const failing = replayed(1, count, {
    handler: () => {
      calls++;
      return Promise.reject(new Error("no room"));
    },
  });
  await expect(failing).rejects.toThrow("no room");
  expect(calls).toBe(1);
});

it("ends when it is told to", async () => {
  const stopping = new AbortController();
  const stopped = replayed(1, count, {
    signal: stopping.signal,
    handler: () => {
      stopping.abort(new Error("enough"));
      return Promise.resolve();
    },
  });
  await expect(stopped).rejects.toThrow("enough");
});

it("goes on where it was when the bus comes back", async () => {
  const seen: number[] = [];
  let restarted = false;
  await replayed(1, count, {
    handler: async (events) => {
      seen.push(...events.map((event) => Number(Buffer.from(event.data).toString())));
      if (restarted) return;
      restarted = true;
      await testBus.restartServer();
    },
  });
  expect(seen).toEqual(numbers(1, count));
});

it("ends at the last event there is, where the position asked for was deleted", async () => {
  const operator = await testBus.connectOperator();
  const manager = await connectionOf(operator).jetstreamManager();
  await manager.streams.deleteMessage("SLUICE_EVENTS", origin + count);
  expect(await replayed()).toEqual(numbers(1, count - 1));
  expect(await replayed(count)).toEqual([]);
});
