import type { Envelope } from "@sluice/contracts/envelope";
import { describe, expect, it } from "vitest";
import { decodeControl, encodeControl } from "./control-codec.ts";
import { decodeFrames, encodeFrames } from "./frame-codec.ts";
import { decodeRequest, encodeRequest } from "./request-codec.ts";
import { requestKey } from "./request-key.ts";

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

describe("frames on the wire", () => {
  it("keeps several frames of one message apart and in order", () => {
    const frames = [
      { type: "head" as const, sequence: 0, payload: Buffer.from("{}") },
      { type: "data" as const, sequence: 1, payload: Buffer.alloc(0) },
      { type: "end" as const, sequence: 2, payload: Buffer.from("{}") },
    ];
    const decoded = decodeFrames(encodeFrames(requestKey(requestId, 2), frames));
    expect(decoded.key).toBe(requestKey(requestId, 2));
    expect(decoded.frames).toEqual(frames);
  });

  it("refuses every message that is cut short", () => {
    const whole = encodeFrames(requestKey(requestId, 1), [
      { type: "data", sequence: 0, payload: Buffer.from("abc") },
    ]);
    for (let length = 0; length < whole.length; length++) {
      // A cut right behind the header leaves a message of no frames, which is whole.
      if (length === 18) continue;
      expect(() => decodeFrames(whole.subarray(0, length))).toThrow("malformed frames");
    }
  });

  it("refuses an unknown type", () => {
    const message = encodeFrames(requestKey(requestId, 1), [
      { type: "data", sequence: 0, payload: Buffer.alloc(0) },
    ]);
    message[18] = 99;
    expect(() => decodeFrames(message)).toThrow("malformed frames: unknown frame type 99");
  });
});

describe("control on the wire", () => {
  it.each(["proceed", "credit", "cancel"] as const)("keeps %s", (type) => {
    const control = { type, key: requestKey(requestId, 7), bytes: 4_000_000_000 };
    expect(decodeControl(encodeControl(control))).toEqual(control);
  });

  it("refuses another length", () => {
    expect(() => decodeControl(Buffer.alloc(3))).toThrow("malformed control: 3 bytes long");
  });
});
