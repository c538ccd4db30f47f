import { z } from "zod";

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const durationPattern = /^(\d{1,9})(ms|s|m|h|d)$/;

/**
 * Reads a duration such as `500ms`, `30s`, `10m`, `1h` or `30d`.
 * @returns milliseconds, or undefined when the text is not a duration
 */
export function parseDuration(text: string): number | undefined {
  const [, digits, unit] = durationPattern.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * unitMs[unit as keyof typeof unitMs];
}

/** Writes milliseconds in the largest unit that holds them exactly. */
export function formatDuration(durationMs: number): string {
  for (const unit of ["d", "h", "m", "s"] as const) {
    if (durationMs > 0 && durationMs % unitMs[unit] === 0) return `${durationMs / unitMs[unit]}${unit}`;
  }
  return `${durationMs}ms`;
}

const hint = "a duration with its unit, such as 500ms, 30s or 10m";

/**
 * A duration as it stands in YAML, read to milliseconds.
 * @param range Inclusive limits. The longest possible is 24 days, as far as a timer goes.
 */
export function durationSchema({
  minMs = 1,
  maxMs = 24 * unitMs.d,
}: {
  minMs?: number;
  maxMs?: number;
} = {}) {
  return z
    .string({ error: hint })
    .regex(durationPattern, hint)
    .transform((text) => parseDuration(text) ?? 0)
    .pipe(
      z
        .int()
        .min(minMs, `at least ${formatDuration(minMs)}`)
        .max(maxMs, `at most ${formatDuration(maxMs)}`),
    )
    .meta({ title: "duration" });
}
