import type { Instance, ServiceName } from "@sluice/contracts/service-name";
import type { GenAiMetricAttributes } from "./gen-ai-attributes.ts";
import { metricCatalogue } from "./metric-catalogue.ts";
import { type Histogram, MetricRegistry } from "./metric-registry.ts";
import { registerProcessMetrics } from "./process-metrics.ts";

export type { GenAiMetricAttributes } from "./gen-ai-attributes.ts";
export type { Counter, Gauge, Histogram, MetricAttributes, UpDownCounter } from "./metric-registry.ts";

/** What a service counts and measures. Durations come in the unit that their name says. */
export interface MeshMetrics
  extends Pick<
    MetricRegistry,
    "counter" | "upDownCounter" | "gauge" | "histogram" | "observedGauge" | "observedCounter" | "render"
  > {
  /** Time between the sending of a request and the start of its handler. */
  queueWait(waitMs: number): void;
  framesSent(count: number): void;
  framesReceived(count: number): void;
  /** Time that a writer stood still for want of credit. */
  creditStall(stallMs: number): void;
  cancelled(): void;
  resent(): void;
  /** Nobody listens for `service`. */
  unreachable(service: ServiceName): void;
  /** @param delta 1 when a request comes, -1 when it is done with */
  openRequests(delta: number): void;
  /** One provider call from the request to its last byte; `error.type` says that it failed. */
  operationDuration(seconds: number, attributes: GenAiMetricAttributes): void;
  tokenUsage(
    tokens: number,
    attributes: GenAiMetricAttributes & { "gen_ai.token.type": "input" | "output" },
  ): void;
  timeToFirstToken(seconds: number, attributes: GenAiMetricAttributes): void;
  timePerOutputToken(seconds: number, attributes: GenAiMetricAttributes): void;
}

export interface MeshMetricsOptions {
  service: ServiceName;
  instance: Instance;
  /** Version of the release. @default undefined (left out) */
  version?: string;
  /** Whether what the process itself costs is among them. @default true */
  processMetrics?: boolean;
}

/** Makes the metrics of a process that several services share: what it costs, and nothing of theirs. */
export function createProcessMetrics(resource: {
  service: string;
  instance: string;
  version?: string;
}): Pick<MeshMetrics, "render"> {
  const registry = new MetricRegistry(resource);
  registerProcessMetrics(registry);
  return { render: () => registry.render() };
}

/** Makes the metrics of a process. Made once per process, as the event loop is watched from here on, or without the
 * metrics of the process for each service in it. */
export function createMeshMetrics(options: MeshMetricsOptions): MeshMetrics {
  const registry = new MetricRegistry(options);
  const queueWait = catalogueHistogram(registry, "queueWait");
  const creditStall = catalogueHistogram(registry, "creditStall");
  const operationDuration = catalogueHistogram(registry, "operationDuration");
  const tokenUsage = catalogueHistogram(registry, "tokenUsage");
  const timeToFirstToken = catalogueHistogram(registry, "timeToFirstToken");
  const timePerOutputToken = catalogueHistogram(registry, "timePerOutputToken");
  const framesSent = catalogueCounter(registry, "framesSent");
  const framesReceived = catalogueCounter(registry, "framesReceived");
  const cancels = catalogueCounter(registry, "cancels");
  const resends = catalogueCounter(registry, "resends");
  const unreachable = catalogueCounter(registry, "unreachable");
  const open = metricCatalogue.openRequests;
  const openRequests = registry.upDownCounter(open.name, open.description, open.unit);
  if (options.processMetrics ?? true) registerProcessMetrics(registry);
  // From the start on, so that a rate over them has a beginning and an absent series means an absent process.
  for (const counter of [framesSent, framesReceived, cancels, resends]) counter.add(0);
  openRequests.add(0);

  return {
    counter: (...definition) => registry.counter(...definition),
    upDownCounter: (...definition) => registry.upDownCounter(...definition),
    gauge: (...definition) => registry.gauge(...definition),
    histogram: (...definition) => registry.histogram(...definition),
    observedGauge: (...definition) => registry.observedGauge(...definition),
    observedCounter: (...definition) => registry.observedCounter(...definition),
    render: () => registry.render(),
    queueWait: (waitMs) => queueWait.record(waitMs / 1000),
    framesSent: (count) => framesSent.add(count),
    framesReceived: (count) => framesReceived.add(count),
    creditStall: (stallMs) => creditStall.record(stallMs / 1000),
    cancelled: () => cancels.add(1),
    resent: () => resends.add(1),
    unreachable: (service) => unreachable.add(1, { "sluice.service": service }),
    openRequests: (delta) => openRequests.add(delta),
    operationDuration: (seconds, attributes) => operationDuration.record(seconds, attributes),
    tokenUsage: (tokens, attributes) => tokenUsage.record(tokens, attributes),
    timeToFirstToken: (seconds, attributes) => timeToFirstToken.record(seconds, attributes),
    timePerOutputToken: (seconds, attributes) => timePerOutputToken.record(seconds, attributes),
  };
}

type CatalogueKey<Kind> = {
  [Key in keyof typeof metricCatalogue]: (typeof metricCatalogue)[Key]["kind"] extends Kind ? Key : never;
}[keyof typeof metricCatalogue];

function catalogueHistogram(registry: MetricRegistry, key: CatalogueKey<"histogram">): Histogram {
  const { name, description, unit, boundaries } = metricCatalogue[key];
  return registry.histogram(name, description, unit, boundaries);
}

function catalogueCounter(registry: MetricRegistry, key: CatalogueKey<"counter">) {
  const { name, description, unit } = metricCatalogue[key];
  return registry.counter(name, description, unit);
}
