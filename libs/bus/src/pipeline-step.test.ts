import { creditWindowBytes } from "@sluice/contracts/control";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { describe, expect, it } from "vitest";
import { servePipelineStep } from "./pipeline-step.ts";
import { startTestBus } from "./testing/test-bus.ts";
import { echo, endOf, relay, toGuard, toRouter } from "./testing/test-handlers.ts";
import { collectFrames, errorOf, sendTestRequest, textOf } from "./testing/test-request.ts";
import { testStepsOn } from "./testing/test-steps.ts";
import { useTestBus } from "./testing/use-test-bus.ts";

const { connect, serve } = useTestBus();

describe("the signal of a delivery", () => {
  it("says client_closed when its reader cancels or is gone", async () => {
    const reasons: string[] = [];
    await serve("auth", toRouter);
    await serve(
      "router",
      async (delivery) => {
        delivery.reply().head({ status: 200, headers: {} });
        reasons.push((await endOf(delivery)).code);
      },
      { heartbeatMs: 40 },
    );
    for (const leave of ["cancels", "is gone"]) {
      const ingress = await connect("ingress");
      const reply = sendTestRequest(ingress)[Symbol.asyncIterator]();
      await reply.next();
      await (leave === "cancels" ? reply.return?.() : ingress.drain());
    }
    await expect.poll(() => reasons).toEqual(["client_closed", "client_closed"]);
  });

  it("says deadline_exceeded when its time is over, and so does the reply", async () => {
    const ingress = await connect("ingress");
    await serve("auth", toRouter);
    let reason: string | undefined;
    await serve("router", async (delivery) => {
      reason = (await endOf(delivery)).code;
    });
    const frames = await collectFrames(sendTestRequest(ingress, "{}", 200));
    expect([reason, errorOf(frames).code]).toEqual(["deadline_exceeded", "deadline_exceeded"]);
  });

  it("says bus_unavailable when the bus is lost", async () => {
    const own = await startTestBus();
    try {
      const ownSteps = testStepsOn(() => own);
      const ingress = await own.connect("ingress");
      let reason: string | undefined;
      const taken = Promise.withResolvers<void>();
      await ownSteps.serve("auth", async (delivery) => {
        taken.resolve();
        reason = (await endOf(delivery)).code;
      });
      const reply = collectFrames(sendTestRequest(ingress));
      await taken.promise;
      await own.stopServer();
      expect(errorOf(await reply).code).toBe("bus_unavailable");
      await expect.poll(() => reason).toBe("bus_unavailable");
      await own.restartServer();
    } finally {
      await own.stop();
    }
  });
});

describe("a step that is stopped", () => {
  it("costs no request, however often one of two instances leaves and comes back", async () => {
    const ingress = await connect("ingress");
    const deliveries = new Set<number>();
    const counted = (handler: typeof echo): typeof echo => {
      return (delivery) => {
        deliveries.add(delivery.envelope.delivery);
        return handler(delivery);
      };
    };
    await serve("auth", counted(toRouter));
    await serve("router", counted(echo));
    const endings = new Map<string, number>();
    let sending = true;
    const client = async (): Promise<void> => {
      while (sending) {
        const ending = (await collectFrames(sendTestRequest(ingress, "hello"))).at(-1)?.type ?? "nothing";
        endings.set(ending, (endings.get(ending) ?? 0) + 1);
      }
    };
    const clients = Array.from({ length: 20 }, client);
    const restart = async (service: "auth" | "router", handler: typeof echo): Promise<number> => {
      const bus = await connect(service);
      let handled = 0;
      for (let round = 0; round < 100; round++) {
        const before = handled;
        const step = await servePipelineStep(bus, {
          service,
          description: "comes and goes",
          handler: (delivery) => {
            handled++;
            return handler(delivery);
          },
        });
        await expect.poll(() => handled, { interval: 1 }).toBeGreaterThan(before);
        await step.stop(10_000);
      }
      return handled;
    };
    const handled = await Promise.all([restart("auth", counted(toRouter)), restart("router", counted(echo))]);
    sending = false;
    await Promise.all(clients);
    expect(Math.min(...handled)).toBeGreaterThanOrEqual(100);
    expect([...endings.keys()]).toEqual(["end"]);
    expect([...deliveries]).toEqual([1]);
    expect(await ingress.metrics.render()).toMatch(/^sluice_[a-z_]*resen\w*(\{[^}]*\})? 0$/m);
  });

  it("finishes what it has, and takes nothing new", async () => {
    const ingress = await connect("ingress", { unreachableMs: 0 });
    const finish = Promise.withResolvers<void>();
    const taken = Promise.withResolvers<void>();
    await serve("auth", toRouter);
    const router = await serve("router", async (delivery) => {
      taken.resolve();
      await finish.promise;
      await echo(delivery);
    });
    const open = collectFrames(sendTestRequest(ingress, "open"));
    await taken.promise;
    const stopping = router.stop(60_000);
    expect(errorOf(await collectFrames(sendTestRequest(ingress))).code).toBe("service_unavailable");
    finish.resolve();
    await stopping;
    expect(textOf(await open)).toBe("open");
  });

  it("breaks off what takes longer, and waits for the handler's last word", async () => {
    const ingress = await connect("ingress");
    const accepted = Promise.withResolvers<void>();
    await serve("auth", toRouter);
    let through = false;
    const router = await serve("router", async (delivery) => {
      await delivery.accept();
      accepted.resolve();
      const reason = await endOf(delivery);
      await new Promise((resolve) => setImmediate(resolve));
      through = true;
      throw reason;
    });
    const pending = collectFrames(sendTestRequest(ingress));
    await accepted.promise;
    await router.stop(50);
    expect(through).toBe(true);
    expect(errorOf(await pending).toReport()).toEqual({
      code: "holder_lost",
      message: "The part of the gateway that held the request was stopped.",
    });
  });

  it("breaks off a reply that stands on its way back, although its reader takes nothing", async () => {
    const ingress = await connect("ingress");
    await serve("auth", toGuard);
    const guard = await serve("guard", relay);
    let reason: string | undefined;
    await serve("router", async (delivery) => {
      const writer = delivery.reply();
      await delivery.accept();
      writer.head({ status: 200, headers: {} });
      while (!writer.closed) await writer.data(Buffer.alloc(16 * 1024));
      reason = (await endOf(delivery)).code;
    });
    const reply = sendTestRequest(ingress)[Symbol.asyncIterator]();
    await reply.next();
    await guard.stop(50);
    let bytes = 0;
    let last: string | undefined;
    for (let next = await reply.next(); next.done !== true; next = await reply.next()) {
      if (next.value.type === "data") bytes += next.value.bytes.length;
      last = next.value.type === "error" ? next.value.error.code : next.value.type;
    }
    expect(last).toBe("holder_lost");
    expect(bytes).toBeLessThanOrEqual(creditWindowBytes);
    await expect.poll(() => reason).toBe("client_closed");
  });

  it("never calls a reply whole of which it left out a part", async () => {
    const ingress = await connect("ingress");
    const stalled = Promise.withResolvers<void>();
    const auth = await serve("auth", async (delivery) => {
      const writer = delivery.reply();
      writer.head({ status: 200, headers: {} });
      const written = writer.data(Buffer.alloc(2 * creditWindowBytes));
      stalled.resolve();
      await written;
      await writer.data(Buffer.from("more"));
      writer.end({});
    });
    const reply = sendTestRequest(ingress);
    await stalled.promise;
    await auth.stop(50);
    expect(errorOf(await collectFrames(reply)).code).toBe("holder_lost");
  });

  it("lets a request fare better elsewhere that no router has", async () => {
    const ingress = await connect("ingress");
    const taken = Promise.withResolvers<void>();
    const auth = await serve("auth", async (delivery) => {
      taken.resolve();
      throw await endOf(delivery);
    });
    await serve("router", echo);
    const pending = collectFrames(sendTestRequest(ingress, "again"));
    await taken.promise;
    const stopping = auth.stop(20);
    await serve("auth", toRouter);
    await stopping;
    expect(textOf(await pending)).toBe("again");
  });
});

describe("what auth says of the limits of a request", () => {
  const limitHeaders = { "x-ratelimit-remaining-requests": "7", "x-sluice-limit-warning": "a=0.9" };

  it("is on the reply, through a guard too, in place of what the provider says of its own", async () => {
    const ingress = await connect("ingress");
    await serve("auth", (delivery) => delivery.forward("guard", { ...delivery.envelope, limitHeaders }));
    await serve("guard", relay);
    await serve("router", async (delivery) => {
      const writer = delivery.reply();
      if (!(await delivery.accept())) return writer.release();
      const own = { "x-ratelimit-remaining-tokens": "1", "anthropic-ratelimit-tokens-limit": "2" };
      writer.head({ status: 200, headers: { "content-type": "text/plain", ...own } });
      await writer.data(await delivery.body());
      writer.end({});
    });
    const frames = await collectFrames(sendTestRequest(ingress));
    expect(frames.find(({ type }) => type === "head")).toMatchObject({
      head: { status: 200, headers: { "content-type": "text/plain", ...limitHeaders } },
    });
    const head = JSON.stringify(frames.find(({ type }) => type === "head"));
    expect(head).not.toMatch(/ratelimit-(remaining-)?tokens/);
  });

  it("is on an error too", async () => {
    const ingress = await connect("ingress");
    await serve("auth", (delivery) => delivery.forward("router", { ...delivery.envelope, limitHeaders }));
    await serve("router", () => {
      throw new SluiceError("provider_unreachable", "The provider could not be reached.");
    });
    const error = errorOf(await collectFrames(sendTestRequest(ingress)));
    expect([error.code, error.headers]).toEqual(["provider_unreachable", limitHeaders]);
  });
});
