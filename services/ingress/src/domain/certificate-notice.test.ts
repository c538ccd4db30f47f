import { expect, test } from "vitest";
import { certificateNotice } from "./certificate-notice.ts";

const day = 86_400_000;
const now = Date.parse("2026-06-15T12:00:00Z");

test.each([
  ["lasts", -100, 20, undefined],
  ["has two weeks left", -100, 13, "expires at 2026-06-28T12:00:00.000Z"],
  ["lives for a week and has most of it left", -1, 6, undefined],
  ["lives for a week and has a third of it left", -5, 2, "expires at 2026-06-17T12:00:00.000Z"],
  ["expired", -100, -1, "expired at 2026-06-14T12:00:00.000Z"],
  ["is for later", 1, 100, "is not valid before 2026-06-16T12:00:00.000Z"],
])("of a certificate that %s", (_what, fromDays, untilDays, notice) => {
  const validity = { validFromMs: now + fromDays * day, validUntilMs: now + untilDays * day };
  expect(certificateNotice(validity, now)).toBe(notice);
});
