import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSseSplitter, type SseEvent } from "./sse-splitter.ts";

const encode = (text: string) => Buffer.from(text);
const contents = (events: SseEvent[]) =>
  events.flatMap(({ event, data }) =>
    data === undefined ? [] : [event === undefined ? { data } : { event, data }],
  );

function split(bytes: Uint8Array, cuts: number[]) {
  const splitter = createSseSplitter();
  const bounds = [
    0,
    ...cuts.map((cut) => cut % (bytes.length + 1)).sort((left, right) => left - right),
    bytes.length,
  ];
  const events = bounds.slice(1).flatMap((end, index) => splitter.push(bytes.subarray(bounds[index], end)));
  const end = splitter.finish();
  return { events: [...events, ...end.events], rest: end.rest, cut: end.cut };
}

const word = fc.string({ unit: fc.constantFrom("a", "é", "漢", "😀", " ", ":", '"', "{"), maxLength: 8 });
const block = fc.oneof(
  word.map((text) => ({ lines: [`data: x${text}`], content: [{ data: `x${text}` }] })),
  fc.tuple(word, word).map(([one, two]) => ({
    lines: [`data: x${one}`, `data: x${two}`],
    content: [{ data: `x${one}\nx${two}` }],
  })),
  word.map((text) => ({
    lines: ["event: delta", ": note", `data:y${text}`],
    content: [{ event: "delta", data: `y${text}` }],
  })),
  fc.tuple(word, word).map(([name, text]) => ({
    lines: [`event: x${name}`, `data: ${text}y`],
    content: [{ event: `x${name}`, data: `${text}y` }],
  })),
  fc.constant({ lines: [": keep-alive"], content: [] }),
  fc.constant({ lines: [] as string[], content: [] }),
);

describe("splitting a stream into events", () => {
  it("gives the same events and every byte, wherever it is cut and however lines end", () => {
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 8 }),
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.array(fc.nat(), { maxLength: 12 }),
        (blocks, newline, cuts) => {
          const text = blocks.map(({ lines }) => [...lines, ""].join(newline) + newline).join("");
          const bytes = encode(text);
          const found = split(bytes, cuts);
          expect(contents(found.events)).toEqual(blocks.flatMap(({ content }) => content));
          expect(Buffer.concat(found.events.map(({ raw }) => raw)).equals(bytes)).toBe(true);
          expect(found.cut).toBe(false);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("gives an event as soon as its blank line is there", () => {
    const splitter = createSseSplitter();
    expect(splitter.push(encode("data: a\n"))).toEqual([]);
    expect(contents(splitter.push(encode("\ndata: b")))).toEqual([{ data: "a" }]);
    expect(contents(splitter.push(encode("\r\n\r\n")))).toEqual([{ data: "b" }]);
  });

  it("passes over a byte order mark", () => {
    expect(contents(split(encode("\ufeffdata: a\n\n"), [1, 2]).events)).toEqual([{ data: "a" }]);
  });

  it("says of a stream that it broke off inside an event, and what is left of it", () => {
    const found = split(encode("data: a\n\ndata: b"), []);
    expect(contents(found.events)).toEqual([{ data: "a" }]);
    expect(found).toMatchObject({ cut: true });
    expect(Buffer.from(found.rest).toString()).toBe("data: b");
  });

  it("takes a last event whose blank line a server left out", () => {
    const found = split(encode("data: a\n\ndata: [DONE]\n"), []);
    expect(contents(found.events)).toEqual([{ data: "a" }, { data: "[DONE]" }]);
    expect(found.cut).toBe(false);
  });

  it("refuses an event past the limit", () => {
    const splitter = createSseSplitter({ maxEventBytes: 100 });
    splitter.push(encode(`data: ${"x".repeat(90)}`));
    expect(() => splitter.push(encode("x".repeat(20)))).toThrowError(
      expect.objectContaining({ code: "provider_invalid_reply" }),
    );
  });
});
