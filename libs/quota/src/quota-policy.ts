import { z } from "zod";
import { isTimeZone } from "./time-zone.ts";

/** What can be limited. Costs are in nano-dollars. */
export const quotaUnits = [
  "requests",
  "input_tokens",
  "output_tokens",
  "total_tokens",
  "cost_nano_usd",
  /** Points that a request counts by what is in it. */
  "complexity",
  /** Calls that are open at the same time: a lease that ends with the settlement, or by itself. */
  "concurrent_calls",
] as const;
export type QuotaUnit = (typeof quotaUnits)[number];

export const calendarPeriods = ["second", "minute", "hour", "day", "week", "month"] as const;
export type CalendarPeriod = (typeof calendarPeriods)[number];

/** Amounts are integers up to 2^53 - 1, which is what a double, and so a number in Redis' Lua, holds exactly. */
const amount = z.int().nonnegative();
const milliseconds = z.int().positive();

const windowSchema = z.discriminatedUnion("kind", [
  /** A bucket of `capacity`, full at first, into which `refill` flow evenly in each interval. */
  z.strictObject({
    kind: z.literal("token_bucket"),
    capacity: amount,
    /** @default the capacity */
    refill: z.int().positive().optional(),
    intervalMs: milliseconds,
  }),
  /** `limit` in each second, minute, hour, day, week (from Monday) or month of a time zone. */
  z.strictObject({
    kind: z.literal("calendar"),
    limit: amount,
    period: z.enum(calendarPeriods),
    /** IANA name. @default "UTC" */
    timeZone: z.string().refine(isTimeZone, "no time zone that is known here").optional(),
  }),
  /** `limit` in any interval of this length. What was taken counts for up to a 60th of the interval longer. */
  z.strictObject({ kind: z.literal("rolling"), limit: amount, intervalMs: milliseconds }),
  /** `limit` at the same time. */
  z.strictObject({ kind: z.literal("concurrent"), limit: amount }),
]);
export type QuotaWindow = z.infer<typeof windowSchema>;

/** How much, in which time, and what happens when it is used up. */
export const quotaPolicySchema = z.strictObject({
  window: windowSchema,
  /** `shadow` refuses nothing and reports what `enforce` would have refused. @default "enforce" */
  mode: z.enum(["enforce", "shadow"]).optional(),
  /** Fraction of the limit from which on a warning is reported. @default undefined (none) */
  warnAt: z.number().positive().max(1).optional(),
  /**
   * What becomes of the reserved amount when nobody settles: `release` gives it back, `count` counts it as used. A
   * concurrent call is always released.
   * @default "release"
   */
  unsettled: z.enum(["release", "count"]).optional(),
});
export type QuotaPolicy = z.infer<typeof quotaPolicySchema>;
