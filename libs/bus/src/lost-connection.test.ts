import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Bus } from "./bus.ts";
import type { ReplyFrame } from "./frame-reader.ts";
import { connectionOf } from "./internal/connection.ts";
import { startTestBus, type TestBus } from "./testing/test-bus.ts";
import { endOf, toRouter } from "./testing/test-handlers.ts";
import { collectFrames, errorOf, sendTestRequest } from "./testing/test-request.ts";
import { testStepsOn } from "./testing/test-steps.ts";

let testBus: TestBus;
beforeAll(async () => {
  testBus = await startTestBus();
});
afterAll(() => testBus.stop());

const { serve, stop } = testStepsOn(() => testBus);
afterEach(() => stop());

/** Silence alone would take a minute to be noticed. */
const patient = { silenceMs: 60_000 };

describe("a router that loses the bus, and has another server of it a moment later", () => {
  // As when its server of a cluster dies, and that of the origin does not.
  const reconnect = async (bus: Bus): Promise<void> => {
    const restored = Promise.withResolvers<void>();
    bus.onRestored(restored.resolve);
    await connectionOf(bus).reconnect();
    await restored.promise;
  };
  const lost = {
    code: "holder_lost",
    message: "The part of the gateway that held the request lost the bus.",
  };

  it("says so of a request that has no reply yet", async () => {
    const ingress = await testBus.connect("ingress", patient);
    await serve("auth", toRouter);
    const accepted = Promise.withResolvers<void>();
    const router = await serve("router", async (delivery) => {
      await delivery.accept();
      accepted.resolve();
      await endOf(delivery);
    });
    const pending = collectFrames(sendTestRequest(ingress));
    await accepted.promise;
    await reconnect(router.bus);
    expect(errorOf(await pending).toReport()).toEqual(lost);
  });

  it("says so in the middle of a reply", async () => {
    const ingress = await testBus.connect("ingress", patient);
    await serve("auth", toRouter);
    const router = await serve("router", async (delivery) => {
      await delivery.accept();
      delivery.reply().head({ status: 200, headers: {} });
      await delivery.reply().data(Buffer.from("half"));
      await endOf(delivery);
    });
    const reply = sendTestRequest(ingress);
    const frames: ReplyFrame[] = [];
    for await (const frame of reply) {
      frames.push(frame);
      if (frame.type === "data") await reconnect(router.bus);
    }
    expect(errorOf(frames).toReport()).toEqual(lost);
  });
});
