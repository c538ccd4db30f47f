import type { Bus } from "./bus.ts";
import { exchangeOf } from "./internal/exchange.ts";
import { requestKey } from "./internal/request-key.ts";

/** A name of one delivery of a request, as {@link followRejectedReplies} gives it. */
export function deliveryName({ requestId, delivery }: { requestId: string; delivery: number }): string {
  return requestKey(requestId, delivery);
}

/**
 * Calls `take` with the deliveries whose replies this process has ended and whose reader, a guard, refuses them
 * afterwards. There may be some among them whose reader has merely gone away.
 */
export function followRejectedReplies(bus: Bus, take: (delivery: string) => void): void {
  exchangeOf(bus).onRejected(take);
}
