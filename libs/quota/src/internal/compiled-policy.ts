import { SluiceError } from "@sluice/contracts/sluice-error";
import { type CalendarPeriod, type QuotaPolicy, quotaPolicySchema } from "../quota-policy.ts";

/** The kinds of counters by their numbers in the scripts. */
export const counterKinds = { concurrent: 1, calendar: 2, token_bucket: 3, rolling: 4 } as const;
export type CounterKind = (typeof counterKinds)[keyof typeof counterKinds];

/** A policy as the counters take it, worked out once. */
export type CompiledPolicy = {
  kind: CounterKind;
  /** Part of the counter's name: another window is another counter; another limit is not. */
  windowName: string;
  enforced: boolean;
  /** Whether expiry gives back what was reserved. */
  held: boolean;
  warnAt: number | undefined;
  /** The capacity, of a bucket. */
  limit: number;
  /** Refill and interval of a bucket; interval and slot of a rolling window, both in ms; else 0. */
  first: number;
  second: number;
  calendar: { period: CalendarPeriod; timeZone: string } | undefined;
};

/** Into how many parts a rolling interval is divided: what was taken counts for up to one of them longer. */
const rollingSlots = 60;

const compiled = new WeakMap<QuotaPolicy, CompiledPolicy>();

/**
 * The same policy object is compiled once; it must not be changed afterwards.
 * @param limitId for the message
 * @throws {SluiceError} `internal`, when the policy is not valid
 */
export function compilePolicy(policy: QuotaPolicy, limitId: string): CompiledPolicy {
  const known = compiled.get(policy);
  if (known !== undefined) return known;
  const checked = quotaPolicySchema.safeParse(policy);
  if (!checked.success) {
    const { path, message } = checked.error.issues[0] ?? { path: [], message: "not valid" };
    throw new SluiceError(
      "internal",
      `The policy of the limit ${limitId} is wrong: ${path.join(".")}: ${message}.`,
    );
  }
  const result: CompiledPolicy = {
    ...compileWindow(checked.data.window),
    enforced: checked.data.mode !== "shadow",
    held: checked.data.window.kind === "concurrent" || checked.data.unsettled !== "count",
    warnAt: checked.data.warnAt,
  };
  compiled.set(policy, result);
  return result;
}

type CompiledWindow = Pick<CompiledPolicy, "kind" | "windowName" | "limit" | "first" | "second" | "calendar">;

function compileWindow(window: QuotaPolicy["window"]): CompiledWindow {
  const kind = counterKinds[window.kind];
  switch (window.kind) {
    case "concurrent":
      return {
        kind,
        windowName: "concurrent",
        limit: window.limit,
        first: 0,
        second: 0,
        calendar: undefined,
      };
    case "calendar": {
      const calendar = { period: window.period, timeZone: window.timeZone ?? "UTC" };
      const windowName = `${calendar.period}-${encodeURIComponent(calendar.timeZone)}`;
      return { kind, windowName, limit: window.limit, first: 0, second: 0, calendar };
    }
    case "token_bucket":
      return {
        kind,
        windowName: "bucket",
        limit: window.capacity,
        first: window.refill ?? Math.max(1, window.capacity),
        second: window.intervalMs,
        calendar: undefined,
      };
    case "rolling":
      return {
        kind,
        windowName: `rolling-${window.intervalMs}`,
        limit: window.limit,
        first: window.intervalMs,
        second: Math.ceil(window.intervalMs / rollingSlots),
        calendar: undefined,
      };
  }
}
