import { buckets } from "@sluice/contracts/subjects";
import { expect, it } from "vitest";
import { consumeEvents } from "./event-consumer.ts";
import { publishEvent } from "./events.ts";
import { openKeyValue } from "./key-value.ts";
import { startTestBus } from "./testing/test-bus.ts";
import { echo, relay, toGuard } from "./testing/test-handlers.ts";
import { collectFrames, sendTestRequest, textOf } from "./testing/test-request.ts";
import { testStepsOn } from "./testing/test-steps.ts";

it("every part goes on by itself after the bus was killed, whether its disk came back or not", async () => {
  const testBus = await startTestBus();
  const steps = testStepsOn(() => testBus);
  try {
    const [ingress, ledger, operator] = [
      await testBus.connect("ingress", { heartbeatMs: 40 }),
      await testBus.connect("ledger"),
      await testBus.connectOperator(),
    ];
    const keys = new Map<string, string | undefined>();
    const published: string[] = [];
    const booked = new Set<string | undefined>();
    const auth = await steps.serve("auth", toGuard);
    await steps.serve("guard", relay);
    const router = await steps.serve("router", async (delivery) => {
      const { requestId } = delivery.envelope;
      await publishEvent(router.bus, "usage", Buffer.from(requestId), requestId);
      published.push(requestId);
      await echo(delivery);
    });
    const watch = await (await openKeyValue(auth.bus, buckets.virtualKeys)).watch({
      onEntry: (key, value) => keys.set(key, value && Buffer.from(value).toString()),
    });
    const consumer = await consumeEvents(ledger, {
      handler: async (events) => {
        for (const { data } of events) booked.add(Buffer.from(data).toString());
      },
    });
    const body = Buffer.alloc(1024 * 1024, "abc");
    const answered = async () =>
      textOf(await collectFrames(sendTestRequest(ingress, body))) === body.toString();
    const restarts = [() => testBus.restartServer(), () => testBus.restartServerWithoutDisk()];
    for (const [round, restart] of [async () => {}, ...restarts].entries()) {
      process.kill(testBus.server.pid, round === 0 ? 0 : "SIGKILL");
      await restart();
      await expect.poll(answered, { timeout: 15_000, interval: 100 }).toBe(true);
      await expect.poll(() => operator.connected, { timeout: 10_000 }).toBe(true);
      const store = await openKeyValue(operator, buckets.virtualKeys);
      await store.put(`key_${round}`, Buffer.from("here"));
      await expect.poll(() => keys.get(`key_${round}`), { timeout: 10_000 }).toBe("here");
      await expect.poll(() => booked.has(published.at(-1)), { timeout: 15_000 }).toBe(true);
    }
    expect([...keys].toSorted()).toEqual([
      ["key_0", undefined],
      ["key_1", undefined],
      ["key_2", "here"],
    ]);
    await consumer.stop();
    watch.stop();
    await steps.stop();
  } finally {
    await testBus.stop();
  }
}, 60_000);
