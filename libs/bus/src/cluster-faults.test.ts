import { buckets } from "@sluice/contracts/subjects";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { Bus } from "./bus.ts";
import { getClaim, putClaim } from "./claim-check.ts";
import { consumeEvents } from "./event-consumer.ts";
import { replayEvents } from "./event-replay.ts";
import { publishEvent } from "./events.ts";
import { openKeyValue } from "./key-value.ts";
import { provisionBus } from "./provision.ts";
import { startTestCluster, type TestCluster } from "./testing/test-cluster.ts";

let test: TestCluster;
beforeAll(async () => {
  test = await startTestCluster();
  await provisionBus({ ...test.credentials("operator"), replicas: 3, maxEventBytes: 2 ** 26 });
  for (const stream of ["SLUICE_EVENTS", "OBJ_sluice_claims", `KV_${buckets.configuration}`]) {
    await test.untilCurrent(stream, 3);
  }
});
afterAll(() => test?.stop());

it("every part goes on by itself when the leader of the event stream is killed, wherever it is connected", async () => {
  const routers = await Promise.all(test.cluster.nodes.map((node) => test.connect("router", node)));
  const ledger = await test.connect("ledger");
  const watched = await watchAll(routers);
  const claim = await putClaim(await test.connect("ingress"), "body", Buffer.alloc(1_000_000, 7), {
    singleUse: false,
  });
  const booked: string[] = [];
  const consumer = await consumeEvents(ledger, {
    handler: (events) => {
      booked.push(...events.map(({ data }) => Buffer.from(data).toString()));
      return Promise.resolve();
    },
  });
  await publishAll(routers, "before");
  const { state } = await (await test.manager()).streams.info("SLUICE_EVENTS");

  const leader = await test.leaderOf("SLUICE_EVENTS");
  let replayed = 0;
  const killed = Promise.withResolvers<void>();
  const replaying = replayEvents(ledger, {
    from: 1,
    to: state.last_seq,
    maxBatch: 10,
    handler: async (events) => {
      replayed += events.length;
      await killed.promise;
    },
  });
  await expect.poll(() => replayed).toBeGreaterThan(0);
  const publishing = publishAll(routers, "meanwhile");
  await leader.kill();
  killed.resolve();
  await publishing;
  await replaying;
  expect(replayed).toBe(eventsOfEach * routers.length);

  for (const router of routers) expect((await getClaim(router, claim)).length).toBe(1_000_000);
  await writeConfiguration("two");
  await expect.poll(watched, { timeout: 30_000 }).toEqual(["two", "two", "two"]);
  const all = eventNames(routers, "before").concat(eventNames(routers, "meanwhile"));
  await expect.poll(() => [...new Set(booked)].sort(), { timeout: 20_000 }).toEqual(all.sort());
  await consumer.stop();
  await leader.restart();
  await test.untilCurrent("SLUICE_EVENTS", 3);
}, 120_000);

const eventsOfEach = 50;

function eventNames(routers: readonly Bus[], when: string): string[] {
  return routers.flatMap((_, router) => namesOf(router, when));
}

function namesOf(router: number, when: string): string[] {
  return Array.from({ length: eventsOfEach }, (_, event) => `${when}-${router}-${event}`);
}

async function publishAll(routers: readonly Bus[], when: string): Promise<void> {
  const publishing = routers.flatMap((router, index) =>
    namesOf(index, when).map((name) => publishEvent(router, "usage", Buffer.from(name), name)),
  );
  await Promise.all(publishing);
}

/** Has each follow the configuration. @returns what each of them saw last */
async function watchAll(routers: readonly Bus[]): Promise<() => string[]> {
  const seen = routers.map(() => "");
  for (const [index, router] of routers.entries()) {
    const bucket = await openKeyValue(router, buckets.configuration);
    await bucket.watch({
      onEntry: (_key, value) => {
        seen[index] = Buffer.from(value ?? []).toString();
      },
    });
  }
  return () => [...seen];
}

/** Writes it as soon as its bucket takes it: that may elect a leader as well. */
async function writeConfiguration(text: string): Promise<void> {
  const operator = await test.connectOperator();
  const write = async (): Promise<void> => {
    const bucket = await openKeyValue(operator, buckets.configuration);
    await bucket.put("snapshot", Buffer.from(text));
  };
  await vi.waitFor(write, { timeout: 30_000, interval: 250 });
}
