import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { cpuUsage, memoryUsage, uptime } from "node:process";
import { getHeapSpaceStatistics } from "node:v8";
import { isMainThread } from "node:worker_threads";
import { metricCatalogue } from "./metric-catalogue.ts";
import type { MetricRegistry, Observe } from "./metric-registry.ts";

type Observed = {
  [Key in keyof typeof metricCatalogue]: (typeof metricCatalogue)[Key]["kind"] extends "observed"
    ? Key
    : never;
}[keyof typeof metricCatalogue];

/** How often the event loop is asked, in milliseconds. Fifty wake-ups a second cost 0.3 % of a core. */
const delayResolutionMs = 20;

/**
 * What the process itself costs: event loop, memory, processor. Values are read when the metrics are asked for. A thread
 * says what is its own, and leaves the rest to the process.
 */
export function registerProcessMetrics(registry: MetricRegistry): void {
  const delay = monitorEventLoopDelay({ resolution: delayResolutionMs });
  delay.enable();
  observeGauge(registry, "eventLoopDelayMean", (observe) => observe(delaySeconds(delay.mean)));
  observeGauge(registry, "eventLoopDelayP99", (observe) => observe(delaySeconds(delay.percentile(99))));
  // The last of the three to be read, since instruments are read in the order of their making.
  observeGauge(registry, "eventLoopDelayMax", (observe) => {
    observe(delaySeconds(delay.max));
    delay.reset();
  });

  let before = performance.eventLoopUtilization();
  observeGauge(registry, "eventLoopUtilization", (observe) => {
    const now = performance.eventLoopUtilization();
    observe(performance.eventLoopUtilization(now, before).utilization);
    before = now;
  });

  observeGauge(registry, "heapUsed", (observe) => {
    for (const space of getHeapSpaceStatistics()) {
      observe(space.space_used_size, { "v8js.heap.space.name": space.space_name });
    }
  });
  if (!isMainThread) return;
  observeGauge(registry, "memoryUsage", (observe) => observe(memoryUsage.rss()));
  observeGauge(registry, "uptime", (observe) => observe(uptime()));

  const { name, description, unit } = metricCatalogue.cpuTime;
  registry.observedCounter(name, description, unit, (observe) => {
    const used = cpuUsage();
    observe(used.user / 1e6, { "cpu.mode": "user" });
    observe(used.system / 1e6, { "cpu.mode": "system" });
  });
}

function observeGauge(registry: MetricRegistry, key: Observed, observe: Observe): void {
  const { name, description, unit } = metricCatalogue[key];
  registry.observedGauge(name, description, unit, observe);
}

/** Node measures from one of its timers to the next, so the timer's own period is part of every value. */
function delaySeconds(nanoseconds: number): number {
  const seconds = nanoseconds / 1e9 - delayResolutionMs / 1e3;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}
