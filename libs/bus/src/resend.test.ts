import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { PipelineService } from "@sluice/contracts/subjects";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Bus } from "./bus.ts";
import { exchangeOf } from "./internal/exchange.ts";
import { sendToPipeline } from "./pipeline-origin.ts";
import { type PipelineStep, type StepDelivery, servePipelineStep } from "./pipeline-step.ts";
import { startTestBus, type TestBus } from "./testing/test-bus.ts";
import { collectFrames, errorOf, sendTestRequest, testEnvelope, textOf } from "./testing/test-request.ts";
import type { BusTimings } from "./timings.ts";

let testBus: TestBus;
const steps: PipelineStep[] = [];

beforeAll(async () => {
  testBus = await startTestBus();
});
afterEach(async () => {
  await Promise.all(steps.splice(0).map((step) => step.stop()));
});
afterAll(() => testBus.stop());

async function serve(
  service: PipelineService,
  handler: (delivery: StepDelivery) => void | Promise<void>,
  timings: Partial<BusTimings> = {},
): Promise<Bus> {
  const bus = await testBus.connect(service, timings);
  steps.push(await servePipelineStep(bus, { service, description: `test ${service}`, handler }));
  return bus;
}

const pause = (pauseMs: number) => new Promise<void>((resolve) => setTimeout(resolve, pauseMs));
const toGuard = (delivery: StepDelivery) => delivery.forward("guard", delivery.envelope);
const toRouter = (delivery: StepDelivery) => delivery.forward("router", delivery.envelope);

/** A guard that reads the reply on its way back and passes it on as it is. */
async function relay(delivery: StepDelivery): Promise<void> {
  const incoming = delivery.intercept();
  await toRouter(delivery);
  const outgoing = delivery.reply();
  for await (const frame of incoming) {
    if (frame.type === "head") outgoing.head(frame.head);
    if (frame.type === "data") await outgoing.data(frame.bytes);
    if (frame.type === "end") outgoing.end(frame.end);
    if (frame.type === "error") outgoing.error(frame.error);
  }
}

/** A random number from 0 to 1 that is the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("a request that is sent again", () => {
  it("reaches the provider once at most, whatever is late, lost or cancelled", async () => {
    const ingress = await testBus.connect("ingress", { acceptMs: 80, heartbeatMs: 40, silenceMs: 500 });
    const random = seeded(20_260_101);
    const calls = new Map<string, number>();
    const late = async (delivery: StepDelivery, go: (delivery: StepDelivery) => Promise<void>) => {
      const dice = random();
      // Some are lost with their step, most are late by more than the origin's patience.
      if (dice < 0.1) return;
      await pause(dice * 120);
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
      await pause(random() * 60);
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

  it("is not called by a router that slept while its leave came, and that was given up", async () => {
    const instance = "router-sleeping1";
    const { servers, nkeySeed } = testBus.credentials("router");
    const sleeper: ChildProcess = fork(join(import.meta.dirname, "testing/sleeping-router.ts"), [
      servers,
      nkeySeed,
      instance,
    ]);
    onTestFinished(() => {
      sleeper.kill("SIGKILL");
    });
    await once(sleeper, "message");
    const ingress = await testBus.connect("ingress", { heartbeatMs: 40, silenceMs: 400 });
    await serve("auth", toRouter);
    const frames = await collectFrames(sendTestRequest(ingress));
    expect(errorOf(frames).code).toBe("holder_lost");
    const told = once(sleeper, "message");
    sleeper.kill("SIGCONT");
    expect(await told).toEqual([{ leave: false }, undefined]);
  });

  it("is sent again when a router dies with it while a guard waits for its reply", async () => {
    const ingress = await testBus.connect("ingress", { acceptMs: 150, heartbeatMs: 40, silenceMs: 3000 });
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
    const ingress = await testBus.connect("ingress", {
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
    const ingress = await testBus.connect("ingress", { acceptMs: 150, heartbeatMs: 40 });
    const deliveries: number[] = [];
    await serve("auth", toGuard);
    await serve(
      "guard",
      async (delivery) => {
        deliveries.push(delivery.envelope.delivery);
        // As long as four times the origin's patience.
        await pause(600);
        await toRouter(delivery);
      },
      { heartbeatMs: 40 },
    );
    await serve("router", async (delivery) => {
      if (!(await delivery.accept())) return;
      delivery.reply().head({ status: 200, headers: {} });
      delivery.reply().end({});
    });
    expect((await collectFrames(sendTestRequest(ingress))).map((frame) => frame.type)).toEqual([
      "head",
      "end",
    ]);
    expect(deliveries).toEqual([1]);
  });

  it("waits for a step that is away, counted from the moment at which that was told", async () => {
    const ingress = await testBus.connect("ingress", { acceptMs: 300, heartbeatMs: 40, unreachableMs: 2500 });
    let restarted = false;
    const dying = await testBus.connect("auth");
    const dead = await servePipelineStep(dying, {
      service: "auth",
      description: "takes one request to its grave",
      handler: () => {
        restarted = true;
      },
    });
    const pending = collectFrames(sendTestRequest(ingress));
    await expect.poll(() => restarted).toBe(true);
    await dead.stop();
    await pause(900);
    await serve("auth", toRouter);
    await serve("router", async (delivery) => {
      if (!(await delivery.accept())) return;
      delivery.reply().head({ status: 200, headers: {} });
      delivery.reply().end({});
    });
    expect((await pending).map((frame) => frame.type)).toEqual(["head", "end"]);
  });
});

describe("requests on their way while the bus is killed and comes back", () => {
  it("all come to an end, and none is called twice", async () => {
    const own = await startTestBus();
    try {
      const timings = { heartbeatMs: 100, acceptMs: 300, silenceMs: 1000 };
      const ingress = await own.connect("ingress", timings);
      const calls = new Map<string, number>();
      const held: PipelineStep[] = [];
      const stage = async (
        service: PipelineService,
        handler: (delivery: StepDelivery) => void | Promise<void>,
      ): Promise<void> => {
        const bus = await own.connect(service, timings);
        held.push(await servePipelineStep(bus, { service, description: service, handler }));
      };
      const random = seeded(42);
      await stage("auth", toGuard);
      await stage("guard", relay);
      for (const _replica of [1, 2]) {
        await stage("router", async (delivery) => {
          const { requestId } = delivery.envelope;
          await pause(random() * 40);
          if (!(await delivery.accept())) return;
          calls.set(requestId, (calls.get(requestId) ?? 0) + 1);
          const writer = delivery.reply();
          writer.head({ status: 200, headers: {} });
          for (let index = 0; index < 10 && !writer.closed; index++) {
            await writer.data(Buffer.alloc(1000));
            await pause(random() * 20);
          }
          writer.end({});
        });
      }
      const endings: string[] = [];
      let sending = true;
      const client = async (): Promise<void> => {
        while (sending) {
          const last = (await collectFrames(sendTestRequest(ingress, "{}", 5000))).at(-1);
          endings.push(last?.type === "error" ? last.error.code : (last?.type ?? "nothing"));
          await pause(5);
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
      await Promise.all(held.map((step) => step.stop()));
    } finally {
      await own.stop();
    }
  });
});

describe("a request whose envelope is too large for the bus", () => {
  it("is refused at once, by the origin as by a step", async () => {
    const ingress = await testBus.connect("ingress");
    const huge = { "x-huge": "h".repeat(1_100_000) };
    await serve("auth", (delivery) => delivery.forward("router", { ...delivery.envelope, headers: huge }));
    expect(errorOf(await collectFrames(sendTestRequest(ingress))).code).toBe("internal");
    const reply = sendToPipeline(ingress, {
      envelope: { ...testEnvelope(), headers: huge },
      body: Buffer.from("{}"),
      timeoutMs: 5000,
    });
    expect(errorOf(await collectFrames(reply)).code).toBe("internal");
  });
});

describe("a request that is given up", () => {
  it("is stopped at the router itself, which nobody has heard of since it had leave", async () => {
    const ingress = await testBus.connect("ingress", { heartbeatMs: 40 });
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
        const { signal } = delivery.reply();
        await delivery.accept();
        await new Promise<void>((resolve) =>
          signal.addEventListener("abort", () => resolve(), { once: true }),
        );
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
    const ingress = await testBus.connect("ingress", { heartbeatMs: 200, silenceMs: 600 });
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
