import type { Instance, ServiceName } from "@sluice/contracts/service-name";
import type { Logger } from "./logger.ts";
import type { SluiceSpan, SpanOptions, SpanParent } from "./span.ts";
import type { TraceContext } from "./trace-context.ts";

export interface TracingOptions {
  service: ServiceName;
  instance: Instance;
  /** Version of the release, for `service.version`. @default undefined (left out) */
  version?: string;
  /** Base URL of an OTLP/HTTP collector; spans go to `<base>/v1/traces`. @default undefined (no spans at all) */
  otlpEndpoint?: string | undefined;
  /** Share of requests that are traced where the client has not decided, 0 to 1. */
  sampleRatio: number;
  /**
   * Whether a client's `traceparent` decides for its request. False where anyone may call: the ratio then decides,
   * by the client's trace id, and the flag that is passed on is ours.
   * @default true
   */
  trustIncoming?: boolean;
  /** Gets the exporter's failures. @default undefined (they are dropped) */
  logger?: Logger;
}

/** What the ingress decided about a request; `traceparent` and `tracestate` go on where no span is made. */
export interface TraceDecision extends SpanParent {
  readonly sampled: boolean;
}

/**
 * Traces of one process. Parents are given by hand: there is no ambient context, because keeping one costs
 * every request, traced or not.
 */
export interface Tracing {
  /**
   * Decides once per request, at the ingress, whether it is traced; everybody else follows the flag.
   * A request that is not sampled keeps the client's `traceparent`, if it sent one.
   */
  decide(incoming: TraceContext): TraceDecision;
  /** Starts a span under a parent that is sampled; gives the shared span that does nothing otherwise. */
  startSpan(name: string, options: SpanOptions): SluiceSpan;
  /**
   * Sends what is waiting and stops. Never rejects: a collector that is down must not hold up an exit.
   * @param timeoutMs @default 2000
   */
  shutdown(timeoutMs?: number): Promise<void>;
}
