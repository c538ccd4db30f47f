/** The W3C trace context of a request, as it stands in an envelope or in HTTP headers. */
export interface TraceContext {
  traceparent?: string | undefined;
  tracestate?: string | undefined;
}

/** The fields of a `traceparent`, lower-case hexadecimal. */
export interface TraceparentFields {
  /** 32 digits, not all zero. */
  traceId: string;
  /** 16 digits, not all zero. */
  spanId: string;
  /** Eight bits; the lowest says whether the trace is sampled. */
  flags: number;
}

const traceparentPattern =
  /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Reads a `traceparent` header.
 *
 * @returns undefined where the header is not valid by https://www.w3.org/TR/trace-context/#traceparent-header:
 * the trace then starts anew. Versions above 00 may be longer and are read by their first four fields.
 */
export function parseTraceparent(traceparent: string): TraceparentFields | undefined {
  const match = traceparentPattern.exec(traceparent);
  if (match === null) return undefined;
  const [, version, traceId, spanId, flags, rest] = match;
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === "00" && rest !== undefined) return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags, 16) };
}

/** Writes a version 00 `traceparent`. */
export function formatTraceparent(traceId: string, spanId: string, sampled: boolean): string {
  return `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
}

/** Longest `tracestate` that must be passed on, by https://www.w3.org/TR/trace-context/#tracestate-limits. */
const tracestateLimit = 512;
const tracestatePattern = /^[\x20-\x7e\t]+$/;

/** A client's `tracestate` if it may be passed on, else undefined (it is optional, so dropping it harms no trace). */
export function acceptTracestate(tracestate: string | undefined): string | undefined {
  if (tracestate === undefined || tracestate.length > tracestateLimit) return undefined;
  return tracestatePattern.test(tracestate) ? tracestate : undefined;
}
