import type { SpanAttributes } from "./gen-ai-attributes.ts";
import type { TraceContext } from "./trace-context.ts";

/** `SpanKind` of OpenTelemetry: who the span's other side is. */
export type SpanKindName = "internal" | "server" | "client" | "producer" | "consumer";

export interface SpanOptions {
  /** @default "internal" */
  kind?: SpanKindName;
  /**
   * What the span stands under: an envelope, another span, or the decision made at the ingress.
   * Without a parent that is sampled no span is made.
   */
  parent?: SpanParent | undefined;
  attributes?: SpanAttributes;
  /** Traces that this span has to do with but does not stand under; those that are not valid are left out. */
  links?: TraceContext[];
  /** Epoch milliseconds, for a span that is written after the fact. @default now */
  startTimeMs?: number;
}

/** A trace context, or the start of a trace that has no span yet. */
export interface SpanParent extends TraceContext {
  /** Id that a trace without a parent begins with; set by the decision at the ingress only. */
  newTraceId?: string | undefined;
}

/** Part of a trace. A span that is not sampled takes everything and does nothing. */
export interface SluiceSpan extends TraceContext {
  /** What the next step gets as its parent; undefined when the request is not sampled. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  setAttributes(attributes: SpanAttributes): void;
  /** Marks the span as failed. Only the error's code (`error.type`) is kept: messages may quote what was sent. */
  recordError(error: unknown): void;
  /** @param endTimeMs epoch milliseconds. @default now */
  end(endTimeMs?: number): void;
}

/** The one span of every request that is not sampled. */
export const noSpan: SluiceSpan = Object.freeze({
  traceparent: undefined,
  tracestate: undefined,
  setAttributes: doNothing,
  recordError: doNothing,
  end: doNothing,
});

function doNothing(): void {
  // A request that is not sampled leaves no trace.
}
