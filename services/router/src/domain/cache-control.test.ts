import { expect, test } from "vitest";
import { type CacheControl, readCacheControl, takesReply } from "./cache-control.ts";

test.each<[header: string | undefined, says: Partial<CacheControl>]>([
  [undefined, {}],
  ["", {}],
  ["no-store", { noStore: true }],
  ["No-Cache", { noCache: true }],
  ["max-age=0", { noCache: true, maxAgeSeconds: 0 }],
  ["max-age=60, min-fresh=5", { maxAgeSeconds: 60, minFreshSeconds: 5 }],
  ['max-age="60"', { maxAgeSeconds: 60 }],
  [" only-if-cached ,no-transform", { onlyIfCached: true }],
  ["max-age=soon, x-no-store, no-storehouse", {}],
])("%j", (header, says) => {
  const nothing = { noStore: false, noCache: false, onlyIfCached: false };
  const none = { ...nothing, maxAgeSeconds: undefined, minFreshSeconds: undefined };
  expect(readCacheControl(header)).toEqual({ ...none, ...says });
});

test.each([
  [undefined, 1e9, 1, true],
  ["max-age=60", 60_000, 1, true],
  ["max-age=60", 60_001, 1, false],
  ["min-fresh=60", 0, 60_000, true],
  ["min-fresh=60", 0, 59_999, false],
])("%j takes a reply of %i ms that is kept for %i ms: %s", (header, ageMs, leftMs, takes) => {
  expect(takesReply(readCacheControl(header), { ageMs, leftMs })).toBe(takes);
});
