import { expect, test } from "vitest";
import { byteSizeSchema, formatByteSize, parseByteSize } from "./byte-size.ts";

test.each([
  ["1B", 1],
  ["10KB", 10_000],
  ["10MB", 10_000_000],
  ["1GB", 1_000_000_000],
  ["512KiB", 524_288],
  ["32MiB", 33_554_432],
  ["2GiB", 2_147_483_648],
])("%s is %d bytes, and is written so again", (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
  expect(parseByteSize(formatByteSize(bytes))).toBe(bytes);
});

test.each(["", "32", "32 MiB", "-1MiB", "1.5MiB", "32mib", "32M", "MiB"])("%j is no size", (text) => {
  expect(parseByteSize(text)).toBeUndefined();
});

test("limits are inclusive and named in the text of the problem", () => {
  const schema = byteSizeSchema({ minBytes: 1024, maxBytes: 4096 });
  expect(schema.parse("1KiB")).toBe(1024);
  expect(schema.parse("4KiB")).toBe(4096);
  expect(schema.safeParse("1023B").error?.issues[0]?.message).toBe("at least 1KiB");
  expect(schema.safeParse("5KiB").error?.issues[0]?.message).toBe("at most 4KiB");
});
