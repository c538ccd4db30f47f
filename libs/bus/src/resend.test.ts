import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { exchangeOf } from "./internal/exchange.ts";
import { type StepDelivery, servePipelineStep } from "./pipeline-step.ts";
import { overhear } from "./testing/overhear.ts";
import { seededRandom } from "./testing/seeded-random.ts";
import { startTestBus } from "./testing/test-bus.ts";
import { echo, endOf, relay, toGuard, toRouter } from "./testing/test-handlers.ts";
import { collectFrames, errorOf, sendTestRequest, textOf } from "./testing/test-request.ts";
import { testStepsOn } from "./testing/test-steps.ts";
import { useTestBus } from "./testing/use-test-bus.ts";
import { wasUnreachable } from "./unreachable-step.ts";

const { connect, serve } = useTestBus();

describe("a request that is sent again", () => {
  it("reaches the provider once at most, whatever is late, lost or cancelled", async () => {
    const ingress = await connect("ingress", { acceptMs: 80, heartbeatMs: 40, silenceMs: 500 });
    const random = seededRandom(20_260_101);
    const calls = new Map<string, number>();
    const late = async (delivery: StepDelivery, go: (delivery: StepDelivery) => Promise<void>) => {
      const dice = random();
      // Some are lost with their step, most are late by more than the origin's patience.
      if (dice < 0.1) return;
      await sleep(dice * 120);
      await go(delivery);
    };
    await serve("auth", (delivery) => late(delivery, toGuard));
    await serve("guard", (delivery) => late(delivery, random() < 0.5 ? relay : toRouter), {
      heartbeatMs: 40,
      silenceMs: 500,
    });
    const router = async (delivery: StepDelivery): Promise<void> => {
      const { requestId } = delivery.envelope;
      const writer = delivery.reply();
      const leave = delivery.accept();
      if (!(await leave)) return writer.release();
      calls.set(requestId, (calls.get(requestId) ?? 0) + 1);
      writer.head({ status: 200, headers: {} });
      await sleep(random() * 60);
      writer.end({});
    };
    await serve("router", router, { heartbeatMs: 40 });
    await serve("router", router, { heartbeatMs: 40 });
    const endings = await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const reply = sendTestRequest(ingress, "{}", 5000);
        if (index % 5 === 0) setTimeout(() => reply.cancel(), random() * 200);
        return (await collectFrames(reply)).at(-1)?.type ?? "cancelled";
      }),
    );
    expect(endings.length).toBe(300);
    expect(endings.filter((ending) => ending === "end").length).toBeGreaterThan(50);
    expect([...calls.values()].filter((count) => count > 1)).toEqual([]);
  });

  it("is sent again when a router dies with it while a guard waits for its reply", async () => {
    const ingress = await connect("ingress", { acceptMs: 150, heartbeatMs: 40, silenceMs: 3000 });
    await serve("auth", toGuard);
    await serve("guard", relay, { heartbeatMs: 40, silenceMs: 1000 });
    const seen: number[] = [];
    await serve("router", async (delivery) => {
      seen.push(delivery.envelope.delivery);
      if (delivery.envelope.delivery === 1) return;
      if (!(await delivery.accept())) return;
      delivery.reply().head({ status: 200, headers: {} });
      delivery.reply().end({});
    });
    const frames = await collectFrames(sendTestRequest(ingress));
    expect(frames.map((frame) => frame.type)).toEqual(["head", "end"]);
    expect(seen).toEqual([1, 2]);
  });

  it("is sent again when the guard that waits for a dead router notices before the origin does", async () => {
    const ingress = await connect("ingress", {
      acceptMs: 4000,
      heartbeatMs: 40,
      unreachableMs: 2000,
    });
    await serve("auth", toGuard);
    await serve("guard", relay, { heartbeatMs: 40, silenceMs: 200 });
    await serve("router", async (delivery) => {
      if (delivery.envelope.delivery === 1) return;
      if (!(await delivery.accept())) return;
      delivery.reply().head({ status: 200, headers: {} });
      await delivery.reply().data(Buffer.from("second"));
      delivery.reply().end({});
    });
    expect(textOf(await collectFrames(sendTestRequest(ingress)))).toBe("second");
  });

  it("is not sent again while a step is at work on it", async () => {
    const ingress = await connect("ingress", { acceptMs: 150, heartbeatMs: 40 });
    const deliveries: number[] = [];
    let signsOfLife = 0;
    await serve("auth", toGuard);
    await serve(
      "guard",
      async (delivery) => {
        deliveries.push(delivery.envelope.delivery);
        overhear(ingress, "onFrames", () => signsOfLife++);
        // With 20 ms from one to the next, several times as long as the origin's patience.
        await expect.poll(() => signsOfLife, { timeout: 10_000 }).toBeGreaterThan(30);
        await toRouter(delivery);
      },
      { heartbeatMs: 40 },
    );
    await serve("router", echo);
    expect((await collectFrames(sendTestRequest(ingress))).at(-1)?.type).toBe("end");
    expect(deliveries).toEqual([1]);
  });

  it("waits for a step that is away, counted from the moment at which that was told", async () => {
    const timings = { acceptMs: 2000, heartbeatMs: 40, unreachableMs: 1500 };
    const ingress = await connect("ingress", timings);
    const taken = Promise.withResolvers<void>();
    // Takes one request to its grave.
    const dying = await serve("auth", () => taken.resolve());
    await serve("router", echo);
    const replacement = await connect("auth");
    const pending = collectFrames(sendTestRequest(ingress));
    await taken.promise;
    await dying.stop(0);
    await expect.poll(() => wasUnreachable(ingress, "auth", 60_000), { timeout: 10_000 }).toBe(true);
    // By now the request is older than what it is given for a step that is away.
    const step = await servePipelineStep(replacement, {
      service: "auth",
      description: "comes back",
      handler: toRouter,
    });
    expect((await pending).at(-1)?.type).toBe("end");
    await step.stop(0);
  });
});

describe("requests on their way while the bus is killed and comes back", () => {
  it("all come to an end, and none is called twice", async () => {
    const own = await startTestBus();
    try {
      const timings = { heartbeatMs: 100, acceptMs: 300, silenceMs: 1000 };
      const ingress = await own.connect("ingress", timings);
      const calls = new Map<string, number>();
      const held = testStepsOn(() => own);
      const random = seededRandom(42);
      await held.serve("auth", toGuard, timings);
      await held.serve("guard", relay, timings);
      for (const _replica of [1, 2]) {
        const router = async (delivery: StepDelivery): Promise<void> => {
          const { requestId } = delivery.envelope;
          await sleep(random() * 40);
          if (!(await delivery.accept())) return;
          calls.set(requestId, (calls.get(requestId) ?? 0) + 1);
          const writer = delivery.reply();
          writer.head({ status: 200, headers: {} });
          for (let index = 0; index < 10 && !writer.closed; index++) {
            await writer.data(Buffer.alloc(1000));
            await sleep(random() * 20);
          }
          writer.end({});
        };
        await held.serve("router", router, timings);
      }
      const endings: string[] = [];
      let sending = true;
      const client = async (): Promise<void> => {
        while (sending) {
          const last = (await collectFrames(sendTestRequest(ingress, "{}", 5000))).at(-1);
          endings.push(last?.type === "error" ? last.error.code : (last?.type ?? "nothing"));
          await sleep(5);
        }
      };
      const clients = Array.from({ length: 40 }, client);
      await expect.poll(() => endings.includes("end")).toBe(true);
      for (const _round of [1, 2]) {
        process.kill(own.server.pid, "SIGKILL");
        await expect.poll(() => ingress.connected).toBe(false);
        await own.restartServer();
        await expect.poll(() => ingress.connected, { timeout: 10_000 }).toBe(true);
        const ended = endings.length;
        await expect.poll(() => endings.slice(ended).includes("end"), { timeout: 10_000 }).toBe(true);
      }
      sending = false;
      await Promise.all(clients);
      expect([...calls.values()].filter((count) => count > 1)).toEqual([]);
      const allowed = ["end", "bus_unavailable", "holder_lost", "service_unavailable"];
      expect(endings.filter((ending) => !allowed.includes(ending))).toEqual([]);
      expect(exchangeOf(ingress).openSinks).toBe(0);
      await held.stop();
    } finally {
      await own.stop();
    }
  });
});

describe("a request that is given up", () => {
  it("is stopped at the router itself, which nobody has heard of since it had leave", async () => {
    const ingress = await connect("ingress", { heartbeatMs: 40 });
    let aborted = false;
    let relaying = 0;
    await serve("auth", toGuard);
    await serve(
      "guard",
      async (delivery) => {
        relaying++;
        await relay(delivery);
        relaying--;
      },
      { silenceMs: 800 },
    );
    await serve(
      "router",
      async (delivery) => {
        await delivery.accept();
        await endOf(delivery);
        aborted = true;
      },
      { heartbeatMs: 60_000 },
    );
    const error = errorOf(await collectFrames(sendTestRequest(ingress, "{}", 300)));
    expect(error.code).toBe("deadline_exceeded");
    await expect.poll(() => aborted).toBe(true);
    await expect.poll(() => relaying, { timeout: 10_000 }).toBe(0);
  });

  it("is no fault of its replies that the process itself stood still", async () => {
    const ingress = await connect("ingress", { heartbeatMs: 200, silenceMs: 600 });
    await serve("auth", toRouter);
    let blocked = false;
    await serve(
      "router",
      async (delivery) => {
        await delivery.accept();
        delivery.reply().head({ status: 200, headers: {} });
        await expect.poll(() => blocked).toBe(true);
        delivery.reply().end({});
      },
      { heartbeatMs: 100 },
    );
    const types: string[] = [];
    for await (const frame of sendTestRequest(ingress)) {
      if (frame.type === "heartbeat") continue;
      types.push(frame.type);
      if (frame.type !== "head") continue;
      const untilMs = performance.now() + 1500;
      while (performance.now() < untilMs);
      blocked = true;
    }
    expect(types).toEqual(["head", "end"]);
  });
});
