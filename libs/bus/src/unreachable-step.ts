import type { PipelineService } from "@sluice/contracts/subjects";
import type { Bus } from "./bus.ts";
import { exchangeOf } from "./internal/exchange.ts";

/** Whether the server said within the last `withinMs` that a step, asked by this process, has no instance. */
export function wasUnreachable(bus: Bus, step: PipelineService, withinMs: number): boolean {
  return exchangeOf(bus).wasUnreachable(step, withinMs);
}
