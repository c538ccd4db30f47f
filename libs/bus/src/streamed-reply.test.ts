import { creditWindowBytes } from "@sluice/contracts/control";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { describe, expect, it } from "vitest";
import { FrameReader } from "./frame-reader.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { connectionOf } from "./internal/connection.ts";
import type { ControlMessage } from "./internal/control-codec.ts";
import { requestKey } from "./internal/request-key.ts";
import { overhear } from "./testing/overhear.ts";
import { collectFrames, errorOf, sendTestRequest, textOf } from "./testing/test-request.ts";
import { useTestBus } from "./testing/use-test-bus.ts";
import type { BusTimings } from "./timings.ts";

const { connect, serve } = useTestBus();

/** Answers every request with what `write` writes. */
async function answerWith(
  write: (writer: FrameWriter) => Promise<void>,
  timings: Partial<BusTimings> = {},
): Promise<void> {
  const handler = async (delivery: { reply(): FrameWriter }): Promise<void> => {
    const writer = delivery.reply();
    writer.head({ status: 200, headers: {} });
    await write(writer);
  };
  await serve("auth", handler, timings);
}

describe("a reply of very many pieces", () => {
  it("arrives whole when they are written in one turn", async () => {
    const pieces = 300_000;
    await answerWith(async (writer) => {
      for (let index = 0; index < pieces; index++)
        await writer.data(Buffer.from(index % 2 === 0 ? "a" : "b"));
      writer.end({});
    });
    const ingress = await connect("ingress");
    const frames = await collectFrames(sendTestRequest(ingress));
    expect(frames.at(-1)?.type).toBe("end");
    expect(textOf(frames) === "ab".repeat(pieces / 2)).toBe(true);
  });

  it("waits for its reader before their number fills the reader's memory", async () => {
    let written = 0;
    await answerWith(async (writer) => {
      while (!writer.closed) {
        await writer.data(Buffer.from("x"));
        written++;
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const ingress = await connect("ingress", { heartbeatMs: 40 });
    const frames = sendTestRequest(ingress)[Symbol.asyncIterator]();
    await frames.next();
    let before = -1;
    await expect
      .poll(
        () => {
          const stands = written > 0 && written === before;
          before = written;
          return stands;
        },
        { interval: 200, timeout: 20_000 },
      )
      .toBe(true);
    expect(written).toBeLessThan(5000);
    await frames.return?.();
  });

  it("keeps nothing in memory of what came off the socket with those that wait", async () => {
    const noise = Buffer.alloc(60_000, "n");
    await answerWith(async (writer) => {
      for (let index = 0; index < 40; index++) {
        await writer.data(Buffer.from("small"));
        await new Promise((resolve) => setImmediate(resolve));
      }
      writer.end({});
    });
    const ingress = await connect("ingress");
    let isWhole = false;
    overhear(ingress, "onFrames", ([, came]) => {
      isWhole ||= came.some(({ type }) => type === "end");
    });
    const reply = sendTestRequest(ingress, noise);
    await expect.poll(() => isWhole).toBe(true);
    const frames = await collectFrames(reply);
    const held = frames.map((frame) => (frame.type === "data" ? frame.bytes.buffer.byteLength : 0));
    expect(textOf(frames)).toBe("small".repeat(40));
    expect(Math.max(...held)).toBeLessThanOrEqual(40 * 5 * 4);
  });
});

describe("a writer that is not waited for", () => {
  it("keeps the order of what it was given", async () => {
    const large = Buffer.alloc(creditWindowBytes * 2, "l");
    await answerWith(async (writer) => {
      await Promise.all([writer.data(large), writer.data(Buffer.from("small")), writer.data(large)]);
      writer.end({});
    });
    const ingress = await connect("ingress");
    const text = textOf(await collectFrames(sendTestRequest(ingress)));
    expect(text.indexOf("small")).toBe(large.length);
    expect(text.length).toBe(2 * large.length + 5);
  });

  it("does not call a reply whole that it could not send", async () => {
    await answerWith(async (writer) => {
      const sent = writer.data(Buffer.alloc(creditWindowBytes * 2));
      writer.end({});
      await sent;
    });
    const ingress = await connect("ingress");
    expect(errorOf(await collectFrames(sendTestRequest(ingress))).code).toBe("reply_incomplete");
  });
});

describe("credit", () => {
  const head = { type: "head" as const, sequence: 0, content: { status: 200, headers: {} } };
  const requestId = "019a0b1c-2d3e-7f40-8fff-00ff10203040";

  async function readerWithAWriter() {
    const router = await connect("router");
    const ingress = await connect("ingress");
    const told: ControlMessage[] = [];
    overhear(router, "onControl", ([control]) => told.push(control));
    await connectionOf(router).flush();
    const reader = new FrameReader(ingress, () => {});
    reader.follow(requestKey(requestId, 1));
    return { reader, router, ingress, told };
  }

  it("goes to the step that writes, whatever is still on the way from one that passed the request on", async () => {
    const { reader, router, ingress, told } = await readerWithAWriter();
    reader.take([head], router.party);
    reader.take([{ type: "heartbeat", sequence: 0, content: undefined }], ingress.party);
    reader.take([{ type: "data", sequence: 1, content: Buffer.alloc(creditWindowBytes / 2) }], undefined);
    const frames = reader[Symbol.asyncIterator]();
    await frames.next();
    await frames.next();
    await expect.poll(() => told.map(({ type }) => type)).toEqual(["credit"]);
  });

  it("is said again to a writer that stands still", async () => {
    const { reader, router, told } = await readerWithAWriter();
    reader.take([head], router.party);
    reader.take([{ type: "data", sequence: 1, content: Buffer.alloc(creditWindowBytes / 2) }], undefined);
    const frames = reader[Symbol.asyncIterator]();
    await frames.next();
    await frames.next();
    reader.take([{ type: "heartbeat", sequence: 2, content: undefined }], router.party);
    await expect.poll(() => told.length).toBe(2);
    expect(told[1]).toEqual(told[0]);
  });
});

describe("a reader that is gone", () => {
  it("stops a writer that never pauses", async () => {
    let stopped = false;
    await answerWith(
      async (writer) => {
        while (!writer.closed) {
          await writer.data(Buffer.from("x"));
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        stopped = true;
      },
      { heartbeatMs: 200 },
    );
    const ingress = await connect("ingress");
    for await (const frame of sendTestRequest(ingress)) {
      if (frame.type === "head") await ingress.drain();
    }
    await expect.poll(() => stopped).toBe(true);
  });

  it("may be told so on a bus that is closed already", async () => {
    await answerWith((writer) => {
      writer.error(new SluiceError("internal", "Not reached."));
      return Promise.resolve();
    });
    const ingress = await connect("ingress");
    const reply = sendTestRequest(ingress);
    await ingress.drain();
    expect(() => reply.cancel()).not.toThrow();
    expect(errorOf(await collectFrames(sendTestRequest(ingress))).code).toBe("bus_unavailable");
  });
});
