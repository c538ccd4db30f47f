import { type HrTime, type Span, SpanStatusCode } from "@opentelemetry/api";
import { errorType } from "./error-type.ts";
import type { SpanAttributes } from "./gen-ai-attributes.ts";
import type { SluiceSpan } from "./span.ts";
import { guardAttributes } from "./span-attributes.ts";
import { formatTraceparent } from "./trace-context.ts";

/** A span of the SDK behind the narrow interface that keeps text off it. */
export class OtlpSpan implements SluiceSpan {
  readonly traceparent: string;
  readonly tracestate: string | undefined;
  readonly #span: Span;

  constructor(span: Span) {
    const { traceId, spanId, traceState } = span.spanContext();
    this.traceparent = formatTraceparent(traceId, spanId, true);
    this.tracestate = traceState?.serialize() || undefined;
    this.#span = span;
  }

  setAttributes(attributes: SpanAttributes): void {
    this.#span.setAttributes(guardAttributes(attributes));
  }

  recordError(error: unknown): void {
    this.setAttributes({ "error.type": errorType(error) });
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }

  end(endTimeMs?: number): void {
    this.#span.end(endTimeMs === undefined ? undefined : epochTime(endTimeMs));
  }
}

/**
 * Epoch milliseconds as the SDK's seconds and nanoseconds. A bare number would not do: the SDK reads one from
 * before the process started as a time since that start.
 */
export function epochTime(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1000);
  return [seconds, Math.round((epochMs - seconds * 1000) * 1_000_000)];
}
