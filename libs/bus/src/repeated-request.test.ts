import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { describe, expect, it } from "vitest";
import type { OutgoingFrame } from "./internal/frame.ts";
import { requestKey } from "./internal/request-key.ts";
import { transportOf } from "./internal/transport-of.ts";
import type { StepDelivery } from "./pipeline-step.ts";
import { seededRandom } from "./testing/seeded-random.ts";
import { endOf, relay, toGuard, toRouter } from "./testing/test-handlers.ts";
import { collectFrames, errorOf, sendTestRequest, textOf } from "./testing/test-request.ts";
import { useTestBus } from "./testing/use-test-bus.ts";

const { connect, serve } = useTestBus();

/** Silence alone would take a minute to be noticed. */
const patient = { heartbeatMs: 40, silenceMs: 60_000 };
const repeatable = { repeatable: true };

/** Answers with the number of the delivery. */
async function answer(delivery: StepDelivery): Promise<void> {
  const writer = delivery.reply();
  writer.head({ status: 200, headers: {} });
  await writer.data(Buffer.from(`delivery ${delivery.envelope.delivery}`));
  writer.end({});
}

/** A router whose first delivery does as told; the others answer. `leaves` has the deliveries that had leave. */
async function serveRouters(first: (delivery: StepDelivery) => Promise<void>, options = repeatable) {
  const leaves: number[] = [];
  const handler = async (delivery: StepDelivery): Promise<void> => {
    if (!(await delivery.accept(options))) return;
    leaves.push(delivery.envelope.delivery);
    await (leaves.length === 1 ? first(delivery) : answer(delivery));
  };
  return { leaves, router: await serve("router", handler, { heartbeatMs: 40 }), handler };
}

describe("a request whose router is lost before anything of its reply has come", () => {
  it("is sent once more where that may be paid again", async () => {
    const ingress = await connect("ingress", patient);
    await serve("auth", toRouter);
    const accepted = Promise.withResolvers<void>();
    const { leaves, router, handler } = await serveRouters(async (delivery) => {
      accepted.resolve();
      await endOf(delivery);
    });
    const pending = collectFrames(sendTestRequest(ingress));
    await accepted.promise;
    await serve("router", handler);
    await router.die();
    expect(textOf(await pending)).toBe("delivery 2");
    expect(leaves).toEqual([1, 2]);
  });

  it("is not sent again where it may not", async () => {
    const ingress = await connect("ingress", patient);
    await serve("auth", toRouter);
    const { leaves } = await serveRouters(() => Promise.reject(new SluiceError("holder_lost", "Stopped.")), {
      repeatable: false,
    });
    expect(errorOf(await collectFrames(sendTestRequest(ingress))).message).toBe("Stopped.");
    expect(leaves).toEqual([1]);
  });

  it.each([
    ["", toRouter],
    [" behind a guard", toGuard],
  ])("is sent once more when the router is stopped%s, although it was heard of", async (_where, pass) => {
    const ingress = await connect("ingress", patient);
    await serve("auth", pass);
    await serve("guard", relay, { heartbeatMs: 40 });
    const { leaves, router, handler } = await serveRouters(async (delivery) => {
      throw await endOf(delivery);
    });
    const reply = sendTestRequest(ingress);
    const frames = reply[Symbol.asyncIterator]();
    expect((await frames.next()).value?.type).toBe("heartbeat");
    await serve("router", handler);
    await router.stop(0);
    const rest = { [Symbol.asyncIterator]: () => frames, cancel: () => reply.cancel() };
    expect(textOf(await collectFrames(rest))).toBe("delivery 2");
    expect(leaves).toEqual([1, 2]);
  });

  it("is sent once more and not twice", async () => {
    const ingress = await connect("ingress", patient);
    await serve("auth", toRouter);
    let leaves = 0;
    await serve("router", async (delivery) => {
      if (!(await delivery.accept(repeatable))) return;
      leaves++;
      throw new SluiceError("holder_lost", `Stopped ${leaves}.`);
    });
    expect(errorOf(await collectFrames(sendTestRequest(ingress))).toReport()).toEqual({
      code: "holder_lost",
      message: "Stopped 2.",
    });
    expect(leaves).toBe(2);
  });

  it("ends as lost, which says that it may have been paid, when no router is left", async () => {
    const ingress = await connect("ingress", { ...patient, unreachableMs: 300 });
    await serve("auth", toRouter);
    const accepted = Promise.withResolvers<void>();
    const { router } = await serveRouters(async (delivery) => {
      accepted.resolve();
      await endOf(delivery);
    });
    const pending = collectFrames(sendTestRequest(ingress));
    await accepted.promise;
    await router.die();
    expect(errorOf(await pending).code).toBe("holder_lost");
  });

  it("is not disturbed by what comes late of the one that was given up, whose router is told to cancel", async () => {
    const ingress = await connect("ingress", { heartbeatMs: 40, silenceMs: 300 });
    await serve("auth", toRouter);
    let reason: string | undefined;
    let deliveries = 0;
    await serve(
      "router",
      async (delivery) => {
        if (!(await delivery.accept(repeatable))) return;
        deliveries++;
        if (deliveries === 1) {
          reason = (await endOf(delivery)).code;
          return;
        }
        const { requestId } = delivery.envelope;
        const late: OutgoingFrame[] = [
          { type: "head", sequence: 0, content: { status: 500, headers: {} } },
          { type: "data", sequence: 1, content: [Buffer.from("late")] },
          { type: "end", sequence: 2, content: {} },
        ];
        const send = () =>
          transportOf(ingress).sendFrames(ingress.party, requestKey(requestId, 1), late, false);
        send();
        await answer(delivery);
        send();
      },
      { heartbeatMs: 60_000 },
    );
    const frames = await collectFrames(sendTestRequest(ingress));
    expect(frames.map((frame) => frame.type)).toEqual(["head", "data", "end"]);
    expect(textOf(frames)).toBe("delivery 2");
    expect(reason).toBe("client_closed");
  });
});

describe("a request of whose reply something has come", () => {
  it("is never sent again", async () => {
    const ingress = await connect("ingress", patient);
    await serve("auth", toRouter);
    const { leaves } = await serveRouters(async (delivery) => {
      delivery.reply().head({ status: 200, headers: {} });
      throw new SluiceError("holder_lost", "Stopped.");
    });
    const frames = await collectFrames(sendTestRequest(ingress));
    expect(frames.map((frame) => frame.type)).toEqual(["head", "error"]);
    expect(leaves).toEqual([1]);
  });
});

describe("many requests whose routers are late, silent, stopped or lost", () => {
  it("are called once at most, or twice where they may be paid twice", async () => {
    const timings = { heartbeatMs: 40, silenceMs: 250, acceptMs: 100 };
    const ingress = await connect("ingress", timings);
    const random = seededRandom(20_260_202);
    const calls = new Map<string, number>();
    const mayRepeat = new Set<string>();
    await serve("auth", async (delivery) => {
      await sleep(random() * 150);
      await (random() < 0.5 ? toGuard : toRouter)(delivery);
    });
    await serve("guard", relay, timings);
    const router = async (delivery: StepDelivery): Promise<void> => {
      const { requestId } = delivery.envelope;
      const repeat = Number.parseInt(requestId.slice(-1), 16) % 2 === 0;
      if (repeat) mayRepeat.add(requestId);
      if (!(await delivery.accept({ repeatable: repeat }))) return;
      calls.set(requestId, (calls.get(requestId) ?? 0) + 1);
      await sleep(random() * 100);
      const dice = random();
      // Some are never heard of again, some say that they are stopped, of some a part has come.
      if (dice < 0.2) return delivery.reply().release();
      if (dice < 0.4) throw new SluiceError("holder_lost", "Stopped.");
      if (dice < 0.5) delivery.reply().head({ status: 200, headers: {} });
      if (dice < 0.5) throw new SluiceError("holder_lost", "Stopped.");
      await answer(delivery);
    };
    await serve("router", router, timings);
    await serve("router", router, timings);
    const endings = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const last = (await collectFrames(sendTestRequest(ingress, "{}", 8000))).at(-1);
        return last?.type === "error" ? last.error.code : last?.type;
      }),
    );
    expect([...new Set(endings)].toSorted()).toEqual(["end", "holder_lost"]);
    const tooOften = [...calls].filter(([requestId, count]) => count > (mayRepeat.has(requestId) ? 2 : 1));
    expect(tooOften).toEqual([]);
    expect([...calls.values()].filter((count) => count === 2).length).toBeGreaterThan(10);
  });
});
