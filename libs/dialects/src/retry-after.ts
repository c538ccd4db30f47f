/** Seconds or a date, as in RFC 9110. @returns milliseconds from `nowMs` on, undefined for anything else. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Math.round(Number(value) * 1000);
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

const unitsMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Durations as OpenAI and Google write them: `6m0s`, `20ms`, `34.07s`. @returns milliseconds. */
export function parseDuration(value: string | undefined): number | undefined {
  if (value === undefined || !/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(value)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    totalMs += Number(amount) * (unitsMs[unit ?? ""] ?? 0);
  }
  return Math.round(totalMs);
}

/** What every provider may send: OpenAI's `retry-after-ms`, or the standard header. */
export function readRetryAfterHeaders(headers: Record<string, string>, nowMs: number): number | undefined {
  const exact = headers["retry-after-ms"];
  if (exact !== undefined && /^\d+(\.\d+)?$/.test(exact)) return Math.round(Number(exact));
  return parseRetryAfter(headers["retry-after"], nowMs);
}
