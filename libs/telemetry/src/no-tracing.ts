import { noSpan } from "./span.ts";
import { acceptTracestate, parseTraceparent, type TraceContext } from "./trace-context.ts";
import type { TraceDecision, Tracing } from "./tracing-contract.ts";

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
