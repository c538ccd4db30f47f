import { expect, test } from "vitest";
import { acceptTracestate, formatTraceparent, parseTraceparent } from "./trace-context.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";

test("a traceparent is read by its fields", () => {
  expect(parseTraceparent(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId, flags: 1 });
});

test("a traceparent of a later version is read by its first four fields", () => {
  expect(parseTraceparent(`cc-${traceId}-${spanId}-03-what-comes-after`)).toEqual({
    traceId,
    spanId,
    flags: 3,
  });
});

test.each([
  ["nothing", ""],
  ["upper case", `00-${traceId.toUpperCase()}-${spanId}-01`],
  ["the forbidden version", `ff-${traceId}-${spanId}-01`],
  ["a trace id of zeros", `00-${"0".repeat(32)}-${spanId}-01`],
  ["a span id of zeros", `00-${traceId}-${"0".repeat(16)}-01`],
  ["a short trace id", `00-${traceId.slice(1)}-${spanId}-01`],
  ["version 00 with something behind it", `00-${traceId}-${spanId}-01-more`],
  ["a line break", `00-${traceId}-${spanId}-01\n`],
])("a traceparent with %s is refused", (_fault, traceparent) => {
  expect(parseTraceparent(traceparent)).toBeUndefined();
});

test("what is written can be read", () => {
  expect(parseTraceparent(formatTraceparent(traceId, spanId, true))).toEqual({ traceId, spanId, flags: 1 });
  expect(parseTraceparent(formatTraceparent(traceId, spanId, false))).toEqual({ traceId, spanId, flags: 0 });
});

test("a tracestate is passed on unless it is too long or not text", () => {
  expect(acceptTracestate("vendor=abc,other=1")).toBe("vendor=abc,other=1");
  expect(acceptTracestate("a".repeat(513))).toBeUndefined();
  expect(acceptTracestate("vendor=a\nb")).toBeUndefined();
  expect(acceptTracestate("")).toBeUndefined();
  expect(acceptTracestate(undefined)).toBeUndefined();
});
