import {
  type Context,
  context,
  createTraceState,
  diag,
  type Link,
  logs,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { AlwaysOnSampler, RandomIdGenerator, TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace";
import type { Logger } from "./logger.ts";
import { noTracing } from "./no-tracing.ts";
import { epochTime, OtlpSpan } from "./otlp-span.ts";
import { noSpan, type SluiceSpan, type SpanKindName, type SpanOptions } from "./span.ts";
import { guardAttributes } from "./span-attributes.ts";
import { acceptTracestate, formatTraceparent, parseTraceparent, type TraceContext } from "./trace-context.ts";
import type { TraceDecision, Tracing, TracingOptions } from "./tracing-contract.ts";

const spanKinds: Record<SpanKindName, SpanKind> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/**
 * Tracing with a batch exporter. `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_BSP_*` and `OTEL_SDK_DISABLED` are read by
 * the SDK itself. This file is loaded by `startTracing` only, so that a process without an exporter does not
 * pay for the SDK.
 */
export function startOtlpTracing(options: TracingOptions & { otlpEndpoint: string }): Tracing {
  const ids = new TraceIds();
  const sdk = new NodeSDK({
    traceExporter: new OTLPTraceExporter({ url: tracesUrl(options.otlpEndpoint) }),
    resource: resourceFromAttributes({
      "service.name": `sluice-${options.service}`,
      "service.instance.id": options.instance,
      ...(options.version === undefined ? {} : { "service.version": options.version }),
    }),
    autoDetectResources: false,
    // A span is asked for only where the request is sampled already; a second opinion would tear traces apart.
    sampler: new AlwaysOnSampler(),
    idGenerator: ids,
    textMapPropagator: null,
    metricReaders: [],
    logRecordProcessors: [],
  });
  sendDiagnosticsTo(options.logger);
  sdk.start();
  const tracer = trace.getTracer("sluice", options.version);
  forgetGlobals();
  return new OtlpTracing(sdk, tracer, ids, options);
}

class OtlpTracing implements Tracing {
  readonly #sdk: NodeSDK;
  readonly #tracer: Tracer;
  readonly #ids: TraceIds;
  readonly #sampler: TraceIdRatioBasedSampler;
  readonly #trustIncoming: boolean;

  constructor(sdk: NodeSDK, tracer: Tracer, ids: TraceIds, options: TracingOptions) {
    this.#sdk = sdk;
    this.#tracer = tracer;
    this.#ids = ids;
    this.#sampler = new TraceIdRatioBasedSampler(options.sampleRatio);
    this.#trustIncoming = options.trustIncoming ?? true;
  }

  decide(incoming: TraceContext): TraceDecision {
    const fields = incoming.traceparent === undefined ? undefined : parseTraceparent(incoming.traceparent);
    if (fields === undefined) {
      const newTraceId = this.#ids.random();
      return this.#ratioTakes(newTraceId) ? { sampled: true, newTraceId } : noTracing.decide({});
    }
    const tracestate = acceptTracestate(incoming.tracestate);
    if (this.#trustIncoming) {
      const sampled = (fields.flags & TraceFlags.SAMPLED) !== 0;
      return { sampled, traceparent: incoming.traceparent, tracestate };
    }
    const sampled = this.#ratioTakes(fields.traceId);
    return { sampled, traceparent: formatTraceparent(fields.traceId, fields.spanId, sampled), tracestate };
  }

  startSpan(name: string, options: SpanOptions): SluiceSpan {
    const parent = options.parent;
    if (parent === undefined) return noSpan;
    const parentContext = sampledSpanContext(parent);
    if (parentContext === undefined && parent.newTraceId === undefined) return noSpan;
    this.#ids.next = parent.newTraceId;
    const span = this.#tracer.startSpan(
      name,
      {
        kind: spanKinds[options.kind ?? "internal"],
        attributes: guardAttributes(options.attributes ?? {}),
        links: (options.links ?? []).flatMap(toLink),
        ...(options.startTimeMs === undefined ? {} : { startTime: epochTime(options.startTimeMs) }),
      },
      toContext(parentContext),
    );
    // With OTEL_SDK_DISABLED the SDK gives spans that lead nowhere.
    return span.isRecording() ? new OtlpSpan(span) : noSpan;
  }

  async shutdown(timeoutMs = 2000): Promise<void> {
    const { promise: timeOver, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      diag.warn("the collector did not take the last spans in time");
      resolve();
    }, timeoutMs);
    const flushed = this.#sdk.shutdown().catch((error: unknown) => {
      diag.warn(`the last spans were lost: ${error instanceof Error ? error.message : "unknown error"}`);
    });
    await Promise.race([flushed, timeOver]);
    clearTimeout(timer);
  }

  #ratioTakes(traceId: string): boolean {
    return this.#sampler.shouldSample(ROOT_CONTEXT, traceId).decision !== 0;
  }
}

/** Gives a new trace the id that the sampling decision was made with. */
class TraceIds extends RandomIdGenerator {
  next: string | undefined;

  override generateTraceId(): string {
    return this.next ?? super.generateTraceId();
  }

  random(): string {
    return super.generateTraceId();
  }
}

function toContext(parent: SpanContext | undefined): Context {
  return parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
}

function sampledSpanContext(parent: TraceContext): SpanContext | undefined {
  const spanContext = toSpanContext(parent);
  return spanContext !== undefined && (spanContext.traceFlags & TraceFlags.SAMPLED) !== 0
    ? spanContext
    : undefined;
}

function toSpanContext(traceContext: TraceContext): SpanContext | undefined {
  const fields =
    traceContext.traceparent === undefined ? undefined : parseTraceparent(traceContext.traceparent);
  if (fields === undefined) return undefined;
  const spanContext: SpanContext = {
    traceId: fields.traceId,
    spanId: fields.spanId,
    traceFlags: fields.flags,
    isRemote: true,
  };
  if (traceContext.tracestate !== undefined)
    spanContext.traceState = createTraceState(traceContext.tracestate);
  return spanContext;
}

function toLink(traceContext: TraceContext): Link[] {
  const linked = toSpanContext(traceContext);
  return linked === undefined ? [] : [{ context: linked }];
}

/** `<base>/v1/traces`, whether or not the base ends in a slash. */
function tracesUrl(otlpEndpoint: string): string {
  return new URL("v1/traces", otlpEndpoint.endsWith("/") ? otlpEndpoint : `${otlpEndpoint}/`).href;
}

/** The SDK reports a collector that cannot be reached through a global logger, the console by default. */
function sendDiagnosticsTo(logger: Logger | undefined): void {
  const ignore = (): void => undefined;
  const warn =
    logger === undefined ? ignore : (message: string): void => logger.warn(`OpenTelemetry: ${message}`);
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { suppressOverrideMessage: true },
  );
}

/**
 * The SDK registers itself for the whole process, with a context manager that follows every asynchronous call.
 * Nothing here looks a tracer or a parent up, so all of that is taken back once the tracer is at hand.
 */
function forgetGlobals(): void {
  trace.disable();
  context.disable();
  logs.disable();
}
