import { creditWindowBytes } from "@sluice/contracts/control";
import { describe, expect, it } from "vitest";
import type { Bus } from "./bus.ts";
import { FrameReader } from "./frame-reader.ts";
import type { Frame } from "./internal/frame.ts";
import { requestKey } from "./internal/request-key.ts";
import type { StepDelivery } from "./pipeline-step.ts";
import { type Overheard, overhear } from "./testing/overhear.ts";
import { seededRandom } from "./testing/seeded-random.ts";
import { relay, toGuard, toRouter } from "./testing/test-handlers.ts";
import { collectFrames, sendTestRequest, textOf } from "./testing/test-request.ts";
import { useTestBus } from "./testing/use-test-bus.ts";

const { connect, serve } = useTestBus();

/** From now on all that this instance is sent of a kind comes to it twice, the second time behind what followed. */
function hearTwice(bus: Bus, kind: Overheard): void {
  overhear(bus, kind, (_told, again) => setImmediate(again));
}

describe("frames and control that come twice and late", () => {
  it("change nothing: each reply is whole, and each request is called once", async () => {
    const ingress = await connect("ingress", { heartbeatMs: 40 });
    const calls: number[] = [];
    const bodies = [0, 10, creditWindowBytes * 3].map((bytes) => Buffer.alloc(bytes, "0123456789"));
    let passed = 0;
    await serve("auth", (delivery) => (passed++ % 2 === 0 ? toGuard : toRouter)(delivery));
    const guard = await serve("guard", relay, { heartbeatMs: 40 });
    const answer = async (delivery: StepDelivery): Promise<void> => {
      const writer = delivery.reply();
      if (!(await delivery.accept())) return writer.release();
      calls.push(delivery.envelope.delivery);
      const body = await delivery.body();
      writer.head({ status: 200, headers: {} });
      for (let offset = 0; offset < body.length; offset += 10_000) {
        await writer.data(body.subarray(offset, offset + 10_000));
        await new Promise((resolve) => setImmediate(resolve));
      }
      writer.end({});
    };
    const router = await serve("router", answer, { heartbeatMs: 40 });
    hearTwice(ingress, "onFrames");
    hearTwice(guard.bus, "onFrames");
    hearTwice(guard.bus, "onControl");
    hearTwice(router.bus, "onControl");
    for (let round = 0; round < 10; round++) {
      const texts = await Promise.all(
        bodies.map(async (body) => {
          const frames = await collectFrames(sendTestRequest(ingress, body));
          return frames.at(-1)?.type === "end" && textOf(frames) === body.toString();
        }),
      );
      expect(texts).toEqual([true, true, true]);
    }
    expect(calls).toEqual(Array.from({ length: 30 }, () => 1));
  });
});

describe("frames out of their order", () => {
  const frames: Frame[] = [
    { type: "head", sequence: 0, content: { status: 200, headers: {} } },
    ...Array.from("abcdefgh", (letter, index) => ({
      type: "data" as const,
      sequence: index + 1,
      content: Buffer.from(letter),
    })),
    { type: "end", sequence: 9, content: {} },
  ];

  it("never make a reply that looks whole and is not", async () => {
    const ingress = await connect("ingress");
    const random = seededRandom(7);
    const endings = new Set<string>();
    for (let round = 0; round < 300; round++) {
      const mixed = [...frames];
      for (let swaps = round % 3; swaps > 0; swaps--) {
        const from = Math.floor(random() * mixed.length);
        mixed.splice(Math.floor(random() * mixed.length), 0, ...mixed.splice(from, 1));
      }
      const reader = new FrameReader(ingress, () => {});
      reader.follow(requestKey("019a0b1c-2d3e-7f40-8fff-00ff10203040", 1));
      for (const frame of mixed) reader.take([frame], undefined);
      const read = await collectFrames(reader);
      const last = read.at(-1);
      const ending = last?.type === "error" ? last.error.code : (last?.type ?? "nothing");
      endings.add(ending);
      expect("abcdefgh".startsWith(textOf(read))).toBe(true);
      expect(ending === "end").toBe(
        textOf(read) === "abcdefgh" && mixed.every((each, at) => each === frames[at]),
      );
    }
    expect([...endings].toSorted()).toEqual(["end", "reply_incomplete"]);
  });
});
