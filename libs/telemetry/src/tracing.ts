import { noSpan } from "./span.ts";
import { acceptTracestate, parseTraceparent, type TraceContext } from "./trace-context.ts";
import type { TraceDecision, Tracing, TracingOptions } from "./tracing-contract.ts";

export type { SluiceSpan, SpanKindName, SpanOptions, SpanParent } from "./span.ts";
export type { TraceContext } from "./trace-context.ts";
export type { TraceDecision, Tracing, TracingOptions } from "./tracing-contract.ts";

const notSampled: TraceDecision = Object.freeze({ sampled: false });

/** Tracing of a process without an exporter. A client's trace context is still passed on as it came. */
export const noTracing: Tracing = Object.freeze({
  decide(incoming: TraceContext): TraceDecision {
    const { traceparent } = incoming;
    if (traceparent === undefined || parseTraceparent(traceparent) === undefined) return notSampled;
    return { sampled: false, traceparent, tracestate: acceptTracestate(incoming.tracestate) };
  },
  startSpan: () => noSpan,
  shutdown: () => Promise.resolve(),
});

/**
 * Starts tracing. The SDK is loaded only when there is an endpoint: it costs a process about 0.3 s and 30 MB.
 *
 * @throws where the SDK cannot be loaded or the endpoint is not a URL
 */
export async function startTracing(options: TracingOptions): Promise<Tracing> {
  if (options.otlpEndpoint === undefined) return noTracing;
  const { startOtlpTracing } = await import("./otlp-tracing.ts");
  return startOtlpTracing({ ...options, otlpEndpoint: options.otlpEndpoint });
}
