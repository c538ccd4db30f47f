import { afterEach, expect, it } from "vitest";
import { replayEvents } from "./event-replay.ts";
import { publishEvent } from "./events.ts";
import { connectionOf } from "./internal/connection.ts";
import { type ProvisionOptions, provisionBus } from "./provision.ts";
import { seededRandom } from "./testing/seeded-random.ts";
import { startTestBus, type TestBus } from "./testing/test-bus.ts";

let testBus: TestBus;
afterEach(() => testBus.stop());

async function start(options: Partial<ProvisionOptions> = {}) {
  testBus = await startTestBus(options);
  const operator = await testBus.connectOperator();
  const manager = await connectionOf(operator).jetstreamManager();
  return {
    info: async (name = "SLUICE_EVENTS") => await manager.streams.info(name),
    maxBytes: async () => (await manager.streams.info("SLUICE_EVENTS")).config.max_bytes,
    provision: (again: Partial<ProvisionOptions>) =>
      provisionBus({ ...testBus.credentials("operator"), ...again }),
  };
}

// Nobody has an exabyte: the size is halved until the server takes it.
const exabyte = 2 ** 60;

it("makes the event stream as large as the disk has room for", async () => {
  const { maxBytes } = await start({ maxEventBytes: exabyte });
  expect(await maxBytes()).toBeLessThan(exabyte);
  expect(await maxBytes()).toBeGreaterThan(16 * 1024 * 1024);
});

it("changes nothing of a stream that is there when it is run again", async () => {
  const { info, provision } = await start({ maxEventBytes: 2 ** 25 });
  const first = await info();
  await provision({});
  await provision({ maxEventBytes: 2 ** 25 });
  expect((await info()).config).toEqual(first.config);
});

it("gives a stream that is there the size that is asked for", async () => {
  const { maxBytes, provision } = await start({ maxEventBytes: 2 ** 26 });
  await provision({ maxEventBytes: 2 ** 27 });
  expect(await maxBytes()).toBe(2 ** 27);
  await provision({ maxEventBytes: 2 ** 25 });
  expect(await maxBytes()).toBe(2 ** 25);
});

it("lets a stream grow as far as there is room, and never makes it smaller for that", async () => {
  const { maxBytes, provision } = await start({ maxEventBytes: 2 ** 25 });
  await provision({ maxEventBytes: exabyte });
  expect(await maxBytes()).toBeLessThan(exabyte);
  expect(await maxBytes()).toBeGreaterThanOrEqual(2 ** 25);
});

it("never makes a stream smaller than what it holds and what may come meanwhile", async () => {
  const { info, provision } = await start({ maxEventBytes: 2 ** 26 });
  const before = (await info()).state.messages;
  const router = await testBus.connect("router");
  for (const id of ["one", "two", "three"]) {
    await publishEvent(router, "usage", Buffer.alloc(100_000, id), id);
  }
  await provision({ maxEventBytes: 150_000 });
  const { config, state } = await info();
  expect([config.max_bytes, state.messages]).toEqual([state.bytes + 2 ** 24, before + 3]);
});

it("a stream that is full refuses events, and has every one that it took", async () => {
  const { info } = await start({ maxEventBytes: 150_000 });
  const router = await testBus.connect("router");
  const random = seededRandom(1);
  const first = (await info()).state.last_seq + 1;
  const publishing = Array.from({ length: 600 }, (_, index) =>
    publishEvent(router, "usage", Buffer.alloc(100 + Math.floor(random() * 1000)), `event-${index}`, {
      giveUpAfterMs: 2000,
    }),
  );
  const outcomes = await Promise.allSettled(publishing);
  const taken = outcomes.filter(({ status }) => status === "fulfilled").length;
  const { state } = await info();
  expect([taken > 100, taken < 600, state.last_seq - first + 1]).toEqual([true, true, taken]);
  const ledger = await testBus.connect("ledger");
  const read: number[] = [];
  await replayEvents(ledger, {
    from: first,
    to: state.last_seq,
    handler: (events) => {
      read.push(...events.map(({ streamSequence }) => streamSequence));
      return Promise.resolve();
    },
  });
  expect(read).toEqual(Array.from({ length: taken }, (_, index) => first + index));
});

it("makes the stream of dead letters so that a letter is never refused", async () => {
  const { info } = await start();
  const { config } = await info("SLUICE_DEAD_LETTERS");
  expect(config).toMatchObject({ discard: "old", max_msgs_per_subject: 1, max_bytes: 2 ** 26 });
});
