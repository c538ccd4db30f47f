import { genAiAttributes, sluiceAttributes } from "@sluice/telemetry/gen-ai-attributes";
import type { Counter, MeshMetrics } from "@sluice/telemetry/mesh-metrics";
import type { CacheResult } from "../domain/cache-headers.ts";

/** Counts what the cache of replies does. */
export class CacheMetrics {
  readonly #requests: Counter;

  constructor(metrics: Pick<MeshMetrics, "counter">) {
    const text = "Requests of models and routes whose replies are cached, by what the cache did";
    this.#requests = metrics.counter("sluice.router.cache.requests", text, "{request}");
  }

  /** @param label what metrics call the requests: the model's name in the configuration, or the route */
  looked(result: CacheResult, label: string): void {
    this.#requests.add(1, { [sluiceAttributes.cacheResult]: result, [genAiAttributes.requestModel]: label });
  }
}
