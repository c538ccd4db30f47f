import type { Envelope } from "@sluice/contracts/envelope";
import { describe, expect, it } from "vitest";
import { controlSection, decodeControl } from "./control-codec.ts";
import type { OutgoingFrame } from "./frame.ts";
import { decodeFrames, frameSections } from "./frame-codec.ts";
import { type Section, writePacket } from "./packet.ts";
import { decodeRequest, encodeRequest } from "./request-codec.ts";
import { type RequestKey, requestKey } from "./request-key.ts";

const requestId = "019a0b1c-2d3e-7f40-8fff-00ff10203040";
const envelope: Envelope = {
  requestId,
  delivery: 1,
  origin: { service: "ingress", instance: "ingress-abcdefgh" },
  reader: { service: "ingress", instance: "ingress-abcdefgh" },
  receivedAtMs: 1,
  remainingMs: 1000,
  sentAtMs: 1,
  revision: 3,
  dialect: "openai",
  operation: "chat",
  model: "gpt-5-mini ✓",
  stream: true,
  streamFraming: "sse",
  bodyBytes: 4,
  headers: {},
  decisions: [],
};

describe("request on the wire", () => {
  it("keeps envelope and body as they are", () => {
    const body = Uint8Array.of(0, 255, 10, 13);
    const decoded = decodeRequest(encodeRequest(envelope, body));
    expect(decoded.envelope).toEqual(envelope);
    expect([...decoded.body]).toEqual([...body]);
  });

  it.each([
    ["shorter than its prefix", Buffer.of(1, 0)],
    ["version 9 is not 1", Buffer.of(9, 0, 0, 0, 0)],
    ["envelope longer than the message", Buffer.of(1, 0, 0, 0, 9)],
    ["envelope is not JSON", Buffer.of(1, 0, 0, 0, 1, 0x7b)],
  ])("refuses a message %s", (fault, message) => {
    expect(() => decodeRequest(message)).toThrow(`malformed request: ${fault}`);
  });

  it("names the fields that break the contract and not their values", () => {
    const broken = encodeRequest({ ...envelope, delivery: 0, credential: "sk-secret" }, Buffer.alloc(0));
    expect(() => decodeRequest(broken)).toThrow(
      /^malformed request: envelope breaks its contract at delivery$/,
    );
  });
});

/** Sections as one message. */
function inPacket(...sections: Section[]): Buffer {
  return writePacket({ sections, bytes: sections.reduce((bytes, section) => bytes + section.bytes, 0) });
}

function encodeFrames(key: RequestKey, frames: readonly OutgoingFrame[]): Buffer {
  return inPacket(...frameSections(key, frames, 1_000_000));
}

describe("frames on the wire", () => {
  it("keeps several frames of one message apart and in order", () => {
    const [head, end] = [{ status: 200, headers: {} }, { provider: "openai" }];
    const message = encodeFrames(requestKey(requestId, 2), [
      { type: "head", sequence: 0, content: head },
      { type: "data", sequence: 1, content: [Buffer.from("in "), Buffer.from("pieces")] },
      { type: "heartbeat", sequence: 2, content: undefined },
      { type: "end", sequence: 2, content: end },
    ]);
    const [decoded, ...others] = decodeFrames(message);
    expect([decoded?.key, others]).toEqual([requestKey(requestId, 2), []]);
    expect(decoded?.frames).toEqual([
      { type: "head", sequence: 0, content: head },
      { type: "data", sequence: 1, content: Buffer.from("in pieces") },
      { type: "heartbeat", sequence: 2, content: undefined },
      { type: "end", sequence: 2, content: end },
    ]);
  });

  it("keeps the frames of several requests of one message apart", () => {
    const sections = [1, 2, 3].flatMap((delivery) =>
      frameSections(
        requestKey(requestId, delivery),
        [{ type: "data", sequence: delivery, content: [Buffer.from(`of ${delivery}`)] }],
        1000,
      ),
    );
    expect(decodeFrames(inPacket(...sections))).toEqual(
      [1, 2, 3].map((delivery) => ({
        key: requestKey(requestId, delivery),
        frames: [{ type: "data", sequence: delivery, content: Buffer.from(`of ${delivery}`) }],
      })),
    );
  });

  it("goes into several sections where one would be too large, in their order", () => {
    const frames = Array.from({ length: 5 }, (_, sequence) => ({
      type: "data" as const,
      sequence,
      content: [Buffer.alloc(40)],
    }));
    const sections = frameSections(requestKey(requestId, 1), frames, 100);
    const sequences = decodeFrames(inPacket(...sections)).map((section) =>
      section.frames.map(({ sequence }) => sequence),
    );
    expect(sequences).toEqual([[0, 1], [2, 3], [4]]);
  });

  it("says of a frame that breaks its contract that it can't be read", () => {
    const broken = { type: "head" as const, sequence: 0, content: { status: 99, headers: {} } };
    const [decoded] = decodeFrames(encodeFrames(requestKey(requestId, 1), [broken]));
    expect(decoded?.frames).toMatchObject([{ type: "unreadable", sequence: 0 }]);
  });

  it("refuses every message that is cut short", () => {
    const whole = encodeFrames(requestKey(requestId, 1), [
      { type: "data", sequence: 0, content: [Buffer.from("abc")] },
    ]);
    for (let length = 0; length < whole.length; length++) {
      // A cut right behind the version leaves a message of no frames, which is whole.
      if (length === 1) continue;
      expect(() => decodeFrames(whole.subarray(0, length))).toThrow("malformed frames");
    }
  });

  it("refuses an unknown type", () => {
    const message = encodeFrames(requestKey(requestId, 1), [
      { type: "data", sequence: 0, content: [Buffer.alloc(0)] },
    ]);
    message[22] = 99;
    expect(() => decodeFrames(message)).toThrow("malformed frames: unknown frame type 99");
  });
});

describe("control on the wire", () => {
  it.each(["proceed", "credit", "cancel"] as const)("keeps %s", (type) => {
    const control = { type, key: requestKey(requestId, 7), bytes: 4_000_000_000 };
    const other = { ...control, key: requestKey(requestId, 8), bytes: 0 };
    const message = inPacket(controlSection(control), controlSection(other));
    expect(decodeControl(message)).toEqual([control, other]);
  });

  it("refuses another length", () => {
    expect(() => decodeControl(Buffer.of(1, 0, 0))).toThrow("malformed control: 3 bytes long");
    expect(() => decodeControl(Buffer.of(9))).toThrow("malformed control: version 9 is not 1");
    expect(() => decodeControl(Buffer.alloc(0))).toThrow("malformed control: empty");
  });
});
