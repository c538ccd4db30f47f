import type { Bus } from "@sluice/bus/bus";
import { deliveryName, followRejectedReplies } from "@sluice/bus/rejected-replies";

/** How long after its request came a reply may be rejected yet. */
const watchMs = 60_000;
/** Requests that are watched at the same time; the oldest are given up. */
const maxWatched = 20_000;

/** What may be rejected. */
export interface Rejectable {
  reject(): void;
}

/** Knows for a while whose reply was whose, so that one that the guard blocks after its end is not given again. */
export class Rejections {
  readonly #watched = new Map<string, { reply: Rejectable; untilMs: number }>();

  constructor(bus: Bus) {
    followRejectedReplies(bus, (delivery) => {
      this.#watched.get(delivery)?.reply.reject();
      this.#watched.delete(delivery);
    });
  }

  watch(delivery: { requestId: string; delivery: number }, reply: Rejectable): void {
    const nowMs = performance.now();
    for (const [name, { untilMs }] of this.#watched) {
      if (untilMs > nowMs && this.#watched.size < maxWatched) break;
      this.#watched.delete(name);
    }
    this.#watched.set(deliveryName(delivery), { reply, untilMs: nowMs + watchMs });
  }
}
