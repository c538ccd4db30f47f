import { expect, test } from "vitest";
import { durationSchema, formatDuration, parseDuration } from "./duration.ts";

test.each([
  ["500ms", 500],
  ["30s", 30_000],
  ["10m", 600_000],
  ["1h", 3_600_000],
  ["30d", 2_592_000_000],
  ["0s", 0],
])("%s is %d milliseconds, and is written so again", (text, durationMs) => {
  expect(parseDuration(text)).toBe(durationMs);
  expect(parseDuration(formatDuration(durationMs))).toBe(durationMs);
});

test.each(["", "5", "5 s", "-5s", "1.5s", "5S", "5w", "s", "1h30m"])("%j is no duration", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test("limits are inclusive and named in the text of the problem", () => {
  const schema = durationSchema({ minMs: 1_000, maxMs: 60_000 });
  expect(schema.parse("1s")).toBe(1_000);
  expect(schema.parse("1m")).toBe(60_000);
  expect(schema.safeParse("999ms").error?.issues[0]?.message).toBe("at least 1s");
  expect(schema.safeParse("61s").error?.issues[0]?.message).toBe("at most 1m");
});
