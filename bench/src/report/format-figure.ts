import { summarize } from "./median.ts";

/** Writes a number with its thousands apart. */
export function formatNumber(value: number, digits: number): string {
  if (!Number.isFinite(value)) return "–";
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The median of several values and, where there are several, the range that they are in. */
export function formatSamples(values: readonly number[] | undefined, digits: number): string {
  if (values === undefined || values.length === 0) return "–";
  const { median, min, max } = summarize(values);
  const middle = `**${formatNumber(median, digits)}**`;
  return values.length === 1
    ? middle
    : `${middle} (${formatNumber(min, digits)}–${formatNumber(max, digits)})`;
}
