import { noTracing } from "./no-tracing.ts";
import type { Tracing, TracingOptions } from "./tracing-contract.ts";

export { noTracing } from "./no-tracing.ts";
export type { SluiceSpan, SpanKindName, SpanOptions, SpanParent } from "./span.ts";
export type { TraceContext } from "./trace-context.ts";
export type { TraceDecision, Tracing, TracingOptions } from "./tracing-contract.ts";

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
