import { creditWindowBytes } from "@sluice/contracts/control";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { describe, expect, it } from "vitest";
import type { ReplyFrame } from "./frame-reader.ts";
import { transportOf } from "./internal/transport-of.ts";
import { sendToPipeline } from "./pipeline-origin.ts";
import { startTestBus } from "./testing/test-bus.ts";
import { echo, endOf, relay, toGuard, toRouter } from "./testing/test-handlers.ts";
import {
  collectFrames as collect,
  errorOf,
  sendTestRequest as send,
  testEnvelope,
  textOf,
} from "./testing/test-request.ts";
import { testStepsOn } from "./testing/test-steps.ts";
import { useTestBus } from "./testing/use-test-bus.ts";

const { connect, serve, stopSteps } = useTestBus();

describe("a request through the pipeline", () => {
  it("passes from step to step and is answered straight to its origin", async () => {
    const ingress = await connect("ingress");
    await serve("auth", toRouter);
    await serve("router", echo);
    const frames = await collect(send(ingress, "hello"));
    expect(frames.map((frame) => frame.type)).toEqual(["head", "data", "end"]);
    expect(textOf(frames)).toBe("hello");
  });

  it("is refused by the step that throws, with the code and nothing of the cause", async () => {
    const ingress = await connect("ingress");
    await serve("auth", () => {
      throw new SluiceError("invalid_credential", "The key is not known.", { cause: new Error("sk-secret") });
    });
    const error = errorOf(await collect(send(ingress)));
    expect(error.toReport()).toEqual({ code: "invalid_credential", message: "The key is not known." });
  });

  it("is refused as internal when a step fails in a way it did not foresee", async () => {
    const ingress = await connect("ingress");
    await serve("auth", () => Promise.reject(new TypeError("secret detail")));
    expect(errorOf(await collect(send(ingress))).toReport()).toEqual({
      code: "internal",
      message: "An internal error occurred.",
    });
  });

  it("is told 503 when a step has no instance", async () => {
    const ingress = await connect("ingress");
    await serve("auth", toGuard);
    const error = errorOf(await collect(send(ingress)));
    expect(error.code).toBe("service_unavailable");
    expect(error.message).toContain("guard");
    expect(error.retryAfterMs).toBe(1000);
  });

  it("waits for a step that comes back in time", async () => {
    const ingress = await connect("ingress", { unreachableMs: 8000 });
    const pending = collect(send(ingress, "again"));
    await serve("router", echo);
    await serve("auth", toRouter);
    expect(textOf(await pending)).toBe("again");
  });

  it("is sent again when the step that took it dies, and the router is let in once", async () => {
    const ingress = await connect("ingress", { acceptMs: 100, heartbeatMs: 100 });
    const deliveries: number[] = [];
    let called = 0;
    await serve("auth", (delivery) => {
      deliveries.push(delivery.envelope.delivery);
      // The first delivery is swallowed, as by a process that dies with it.
      return delivery.envelope.delivery === 1 ? undefined : toRouter(delivery);
    });
    await serve("router", (delivery) => {
      called++;
      return echo(delivery);
    });
    expect(textOf(await collect(send(ingress, "once")))).toBe("once");
    expect(deliveries).toEqual([1, 2]);
    expect(called).toBe(1);
  });

  it("lets only one of two deliveries call the provider", async () => {
    const ingress = await connect("ingress", { acceptMs: 100, heartbeatMs: 100 });
    const granted: boolean[] = [];
    let release: () => void = () => {};
    const secondIsHere = new Promise<void>((resolve) => {
      release = resolve;
    });
    await serve("auth", async (delivery) => {
      if (delivery.envelope.delivery === 1) await secondIsHere;
      await toRouter(delivery);
    });
    await serve("router", async (delivery) => {
      const leave = await delivery.accept();
      granted.push(leave);
      if (!leave) return delivery.reply().release();
      release();
      const writer = delivery.reply();
      writer.head({ status: 200, headers: {} });
      await expect.poll(() => granted.length).toBe(2);
      writer.end({});
    });
    const frames = await collect(send(ingress));
    expect(frames.map((frame) => frame.type)).toEqual(["head", "end"]);
    expect(granted.toSorted()).toEqual([false, true]);
  });

  it("says that a router was lost when it goes silent after it had leave to call", async () => {
    const ingress = await connect("ingress", { heartbeatMs: 40, silenceMs: 200 });
    await serve("auth", toRouter);
    await serve("router", async (delivery) => {
      await delivery.accept();
      delivery.reply().release();
    });
    expect(errorOf(await collect(send(ingress))).code).toBe("holder_lost");
  });

  it("is kept alive by heartbeats while the router has nothing to say", async () => {
    const ingress = await connect("ingress", { heartbeatMs: 40, silenceMs: 300 });
    let beats = 0;
    await serve("auth", toRouter);
    await serve(
      "router",
      async (delivery) => {
        const writer = delivery.reply();
        await delivery.accept();
        await expect.poll(() => beats, { timeout: 10_000 }).toBeGreaterThan(12);
        writer.head({ status: 200, headers: {} });
        writer.end({});
      },
      { heartbeatMs: 40 },
    );
    const types: string[] = [];
    for await (const frame of send(ingress)) {
      if (frame.type === "heartbeat") beats++;
      else types.push(frame.type);
    }
    expect(types).toEqual(["head", "end"]);
  });

  it("ends at its deadline", async () => {
    const ingress = await connect("ingress", { heartbeatMs: 40 });
    let aborted = false;
    await serve("auth", toRouter);
    await serve("router", async (delivery) => {
      await delivery.accept();
      await endOf(delivery);
      aborted = true;
    });
    const error = errorOf(await collect(send(ingress, "{}", 300)));
    expect(["deadline_exceeded", "internal"]).toContain(error.code);
    await expect.poll(() => aborted).toBe(true);
  });
});

describe("a request that a router makes itself", () => {
  it("goes where it says, and is answered straight to the router", async () => {
    const router = await connect("router");
    await serve("guard", relay);
    await serve("router", echo);
    const envelope = { ...testEnvelope(), identity: { keyId: "key-1", tags: [] } };
    const reply = sendToPipeline(router, {
      envelope,
      body: Buffer.from("of a step"),
      timeoutMs: 10_000,
      first: (onward) => ({ step: onward.delivery === 1 ? "guard" : "router", envelope: onward }),
    });
    expect(textOf(await collect(reply))).toBe("of a step");
  });

  it("is cancelled at whoever holds it", async () => {
    const router = await connect("router");
    const held = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<SluiceError>();
    await serve("router", async (delivery) => {
      await delivery.accept();
      held.resolve();
      ended.resolve(await endOf(delivery));
    });
    const reply = sendToPipeline(router, {
      envelope: testEnvelope(),
      body: Buffer.from("{}"),
      timeoutMs: 10_000,
      first: (envelope) => ({ step: "router", envelope }),
    });
    await held.promise;
    reply.cancel();
    expect(await ended.promise).toMatchObject({ code: "client_closed" });
  });
});

describe("a body", () => {
  it("of many sizes arrives byte for byte, by claim check where it is large", async () => {
    const ingress = await connect("ingress");
    const claimed: boolean[] = [];
    await serve("auth", toRouter);
    await serve("router", (delivery) => {
      claimed.push(delivery.envelope.claim !== undefined);
      return echo(delivery);
    });
    const { maxInlineBodyBytes } = ingress;
    const sizes = [0, 1, 70_000, maxInlineBodyBytes, maxInlineBodyBytes + 1, 9_000_000];
    for (const bytes of sizes) {
      const body = Buffer.alloc(bytes, "0123456789abcdef");
      const frames = await collect(send(ingress, body));
      expect(textOf(frames).length).toBe(bytes);
      expect(textOf(frames) === body.toString()).toBe(true);
    }
    const { maxInlineBodyBytes: limit } = transportOf(ingress);
    expect(claimed).toEqual(sizes.map((bytes) => bytes > limit));
  });

  it("that a step replaced goes on as the step wrote it, large or small", async () => {
    const ingress = await connect("ingress");
    const masked = Buffer.alloc(2_000_000, "x");
    await serve("auth", toGuard);
    await serve("guard", (delivery) =>
      delivery.forward(
        "router",
        delivery.envelope,
        delivery.envelope.bodyBytes === 0 ? masked : Buffer.alloc(0),
      ),
    );
    await serve("router", echo);
    expect(textOf(await collect(send(ingress, "secret"))).length).toBe(2_000_000);
  });
});

describe("a streamed reply", () => {
  it("makes the writer wait for the reader, with no more than the window on the way", async () => {
    const ingress = await connect("ingress");
    const total = 4 * 1024 * 1024;
    let written = 0;
    let read = 0;
    let furthestAhead = 0;
    await serve("auth", toRouter);
    await serve("router", async (delivery) => {
      const writer = delivery.reply();
      await delivery.accept();
      writer.head({ status: 200, headers: {} });
      while (written < total) {
        await writer.data(Buffer.alloc(16 * 1024, 1));
        written += 16 * 1024;
        furthestAhead = Math.max(furthestAhead, written - read);
      }
      writer.end({});
    });
    for await (const frame of send(ingress)) {
      if (frame.type === "data") read += frame.bytes.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(read).toBe(total);
    expect(furthestAhead).toBeLessThanOrEqual(creditWindowBytes + 16 * 1024);
  });

  it("is cancelled at the router when the reader leaves, before its head or within it", async () => {
    const ingress = await connect("ingress");
    for (const leaveAt of ["accepted", "data"]) {
      let aborted = false;
      let accepted = false;
      await serve("auth", toRouter);
      await serve("router", async (delivery) => {
        const writer = delivery.reply();
        await delivery.accept();
        accepted = true;
        if (leaveAt === "data") {
          writer.head({ status: 200, headers: {} });
          await writer.data(Buffer.from("first"));
        }
        await endOf(delivery);
        aborted = true;
      });
      const reply = send(ingress);
      if (leaveAt === "data") {
        for await (const frame of reply) if (frame.type === "data") break;
      } else {
        await expect.poll(() => accepted).toBe(true);
      }
      reply.cancel();
      await expect.poll(() => aborted).toBe(true);
      await stopSteps();
    }
  });

  it("passes through a step that put itself on the way back, and a cancel passes through it too", async () => {
    const ingress = await connect("ingress");
    let aborted = false;
    await serve("auth", toGuard);
    await serve("guard", async (delivery) => {
      const incoming = delivery.intercept();
      await delivery.forward("router", delivery.envelope);
      const outgoing = delivery.reply();
      for await (const frame of incoming) {
        if (frame.type === "head") outgoing.head(frame.head);
        if (frame.type === "data") await outgoing.data(Buffer.from(frame.bytes.toString().toUpperCase()));
        if (frame.type === "end") outgoing.end(frame.end);
        if (frame.type === "error") outgoing.error(frame.error);
        if (outgoing.closed) return;
      }
    });
    await serve("router", async (delivery) => {
      const writer = delivery.reply();
      await delivery.accept();
      writer.head({ status: 200, headers: {} });
      await writer.data(Buffer.from("quiet"));
      if ((await delivery.body()).length === 0) return writer.end({});
      await endOf(delivery);
      aborted = true;
    });
    const whole = await collect(send(ingress, ""));
    expect(whole.map((frame) => frame.type)).toEqual(["head", "data", "end"]);
    const reply = send(ingress, "stay");
    for await (const frame of reply) if (frame.type === "data") break;
    await expect.poll(() => aborted).toBe(true);
  });

  it("is stopped when its reader is gone", async () => {
    const ingress = await connect("ingress");
    let aborted = false;
    await serve("auth", toRouter);
    await serve(
      "router",
      async (delivery) => {
        const writer = delivery.reply();
        await delivery.accept();
        writer.head({ status: 200, headers: {} });
        await endOf(delivery);
        aborted = true;
      },
      { heartbeatMs: 40 },
    );
    for await (const frame of send(ingress)) {
      if (frame.type === "head") await ingress.drain();
    }
    await expect.poll(() => aborted).toBe(true);
  });
});

describe("a lost bus", () => {
  it("fails what is open at once, refuses what comes, and goes on by itself when the bus is back", async () => {
    const ownBus = await startTestBus();
    try {
      const ingress = await ownBus.connect("ingress");
      const ownSteps = testStepsOn(() => ownBus);
      let aborted = false;
      await ownSteps.serve("auth", toRouter);
      await ownSteps.serve("router", async (delivery) => {
        if ((await delivery.body()).length > 0) return echo(delivery);
        await delivery.accept();
        delivery.reply().head({ status: 200, headers: {} });
        await endOf(delivery);
        aborted = true;
      });
      const open: ReplyFrame[] = [];
      for await (const frame of send(ingress, "")) {
        open.push(frame);
        if (frame.type === "head") await ownBus.stopServer();
      }
      expect(errorOf(open).code).toBe("holder_lost");
      await expect.poll(() => aborted).toBe(true);
      expect(errorOf(await collect(send(ingress, "refused"))).code).toBe("bus_unavailable");
      await ownBus.restartServer();
      await expect
        .poll(async () => textOf(await collect(send(ingress, "back"))), { timeout: 15_000, interval: 200 })
        .toBe("back");
    } finally {
      await ownBus.stop();
    }
  });
});
