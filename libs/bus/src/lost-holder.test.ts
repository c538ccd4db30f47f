import { describe, expect, it } from "vitest";
import type { ReplyFrame } from "./frame-reader.ts";
import type { PipelineReply } from "./pipeline-origin.ts";
import { overhear } from "./testing/overhear.ts";
import { endOf, relay, toGuard, toRouter } from "./testing/test-handlers.ts";
import { collectFrames, errorOf, sendTestRequest, textOf } from "./testing/test-request.ts";
import { useTestBus } from "./testing/use-test-bus.ts";

const { connect, serve } = useTestBus();

/** Silence alone would take a minute to be noticed. */
const patient = { heartbeatMs: 40, silenceMs: 60_000 };
/** Says nothing unless it has to. */
const mute = { heartbeatMs: 60_000 };
const gone = { code: "holder_lost", message: "The part of the gateway that held the request is gone." };

/** Reads up to the first frame of a type. */
async function readUntil(reply: PipelineReply, type: ReplyFrame["type"]): Promise<AsyncIterator<ReplyFrame>> {
  const frames = reply[Symbol.asyncIterator]();
  for (let next = await frames.next(); next.value?.type !== type; next = await frames.next()) {
    if (next.done === true) throw new Error(`the reply ended without ${type}`);
  }
  return frames;
}

async function lastOf(frames: AsyncIterator<ReplyFrame>): Promise<ReplyFrame> {
  let last: ReplyFrame | undefined;
  for (let next = await frames.next(); next.done !== true; next = await frames.next()) last = next.value;
  if (last === undefined) throw new Error("nothing came any more");
  return last;
}

describe("a router that is gone", () => {
  it("is noticed by the origin before it has said a word", async () => {
    const ingress = await connect("ingress", patient);
    await serve("auth", toRouter);
    const accepted = Promise.withResolvers<void>();
    const router = await serve("router", async (delivery) => {
      await delivery.accept();
      accepted.resolve();
      await endOf(delivery);
    });
    const pending = collectFrames(sendTestRequest(ingress));
    await accepted.promise;
    await router.die();
    expect(errorOf(await pending).toReport()).toEqual(gone);
  });

  it("is noticed by the origin within its reply", async () => {
    const ingress = await connect("ingress", patient);
    await serve("auth", toRouter);
    const router = await serve("router", async (delivery) => {
      await delivery.accept();
      delivery.reply().head({ status: 200, headers: {} });
      await delivery.reply().data(Buffer.from("half"));
      await endOf(delivery);
    });
    const frames = await readUntil(sendTestRequest(ingress), "data");
    await router.die();
    expect(await lastOf(frames)).toMatchObject({ type: "error", error: gone });
  });

  it("is noticed by the origin where a guard waits for its reply that has not heard of it", async () => {
    const ingress = await connect("ingress", patient);
    await serve("auth", toGuard);
    await serve("guard", relay, patient);
    const accepted = Promise.withResolvers<void>();
    const router = await serve("router", async (delivery) => {
      await delivery.accept();
      accepted.resolve();
      await endOf(delivery);
    });
    const pending = collectFrames(sendTestRequest(ingress));
    await accepted.promise;
    await router.die();
    expect(errorOf(await pending).toReport()).toEqual(gone);
  });

  it("is noticed by the guard that reads its reply, which tells the origin", async () => {
    // The origin itself would not ask within the time of this test.
    const ingress = await connect("ingress", { heartbeatMs: 60_000, silenceMs: 120_000 });
    await serve("auth", toGuard);
    await serve("guard", relay, patient);
    const router = await serve(
      "router",
      async (delivery) => {
        await delivery.accept();
        await endOf(delivery);
      },
      { heartbeatMs: 40 },
    );
    const frames = await readUntil(sendTestRequest(ingress), "heartbeat");
    await router.die();
    expect(await lastOf(frames)).toMatchObject({ type: "error", error: gone });
  });
});

describe("a guard that is gone", () => {
  it("is noticed by the origin within its reply, and by the router behind it", async () => {
    const ingress = await connect("ingress", patient);
    await serve("auth", toGuard);
    const guard = await serve("guard", relay, { heartbeatMs: 40 });
    let reason: string | undefined;
    await serve(
      "router",
      async (delivery) => {
        await delivery.accept();
        delivery.reply().head({ status: 200, headers: {} });
        reason = (await endOf(delivery)).code;
      },
      { heartbeatMs: 40 },
    );
    const frames = await readUntil(sendTestRequest(ingress), "head");
    await guard.die();
    expect(await lastOf(frames)).toMatchObject({ type: "error", error: gone });
    await expect.poll(() => reason).toBe("client_closed");
  });

  it("is noticed by the router before it has said a word, which tells the origin", async () => {
    const ingress = await connect("ingress", patient);
    await serve("auth", toGuard);
    const guard = await serve("guard", relay);
    const accepted = Promise.withResolvers<void>();
    let reason: string | undefined;
    await serve(
      "router",
      async (delivery) => {
        await delivery.accept();
        accepted.resolve();
        reason = (await endOf(delivery)).code;
      },
      { heartbeatMs: 40 },
    );
    const pending = collectFrames(sendTestRequest(ingress));
    await accepted.promise;
    await guard.die();
    expect(errorOf(await pending).toReport()).toEqual({
      code: "holder_lost",
      message: "The part of the gateway that inspected the reply is gone.",
    });
    expect(reason).toBe("client_closed");
  });
});

describe("a writer that is silent and alive", () => {
  it("is asked after again and again and not called gone, first the router and then who is in between", async () => {
    const ingress = await connect("ingress", patient);
    const asked = { guard: 0, router: 0 };
    await serve("auth", toGuard);
    const guard = await serve("guard", relay, mute);
    const router = await serve(
      "router",
      async (delivery) => {
        await delivery.accept();
        const writer = delivery.reply();
        await expect.poll(() => asked.router, { timeout: 10_000 }).toBeGreaterThan(5);
        writer.head({ status: 200, headers: {} });
        await expect.poll(() => asked.guard, { timeout: 10_000 }).toBeGreaterThan(5);
        await writer.data(Buffer.from("at last"));
        writer.end({});
      },
      mute,
    );
    for (const { bus } of [guard, router]) {
      overhear(bus, "onControl", ([{ type }]) => {
        if (type === "credit" && bus.party.service === "guard") asked.guard++;
        if (type === "credit" && bus.party.service === "router") asked.router++;
      });
    }
    expect(textOf(await collectFrames(sendTestRequest(ingress)))).toBe("at last");
  });

  it("is not called lost by a guard that waited for it since before it had the request", async () => {
    const silenceMs = 300;
    const ingress = await connect("ingress", patient);
    await serve("auth", toGuard);
    await serve("guard", relay, { heartbeatMs: 40, silenceMs });
    await serve(
      "router",
      async (delivery) => {
        const takenMs = performance.now();
        // As one that has waited in the queue of a busy process.
        await expect.poll(() => performance.now() - takenMs).toBeGreaterThan(1.5 * silenceMs);
        await delivery.accept();
        delivery.reply().head({ status: 200, headers: {} });
        await delivery.reply().data(Buffer.from("late"));
        delivery.reply().end({});
      },
      mute,
    );
    expect(textOf(await collectFrames(sendTestRequest(ingress)))).toBe("late");
  });
});
