import { expect, test } from "vitest";
import { readCacheTags } from "./cache-headers.ts";

test.each<[header: string | undefined, tags: string[]]>([
  [undefined, []],
  [" , ", []],
  ["faq", ["faq"]],
  ["faq, docs/v2 ,faq", ["faq", "docs/v2"]],
])("%j", (header, tags) => {
  expect(readCacheTags(header)).toEqual(tags);
});

test.each(["two words", "-first", "x".repeat(101), Array.from({ length: 21 }, (_, n) => `t${n}`).join()])(
  "%s is refused",
  (header) => {
    expect(() => readCacheTags(header)).toThrow(
      "The header x-sluice-cache-tags must hold at most 20 names of letters, digits and _ . : / -, with commas between.",
    );
  },
);
