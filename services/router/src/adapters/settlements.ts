import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Quota, RaiseOutcome, UsedAmounts } from "@sluice/quota/quota";
import type { Logger } from "@sluice/telemetry/logger";
import type { MeshMetrics } from "@sluice/telemetry/mesh-metrics";

/** Pause before what Redis did not take is tried again. */
const pauseMs = 1000;
/** Settlements that may wait; the oldest are given up, and end by themselves. */
const maxWaiting = 50_000;
/** Settlements that are tried at the same time. */
const atOnce = 50;

export interface SettlementsOptions {
  quota: Pick<Quota, "settle" | "cancel" | "extend" | "raise">;
  logger: Logger;
  metrics: Pick<MeshMetrics, "observedGauge">;
}

/**
 * What auth has reserved, settled by what was used. While Redis is away it waits here and is settled when Redis is back,
 * so that an outage lets nobody use more than a limit allows: late settlements count as others do.
 */
export class Settlements {
  readonly #quota: SettlementsOptions["quota"];
  readonly #logger: Logger;
  /** What waits, by reservation; undefined where all of it is given back. */
  readonly #waiting = new Map<string, UsedAmounts | undefined>();
  /** Under way for the first time. */
  readonly #open = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ quota, logger, metrics }: SettlementsOptions) {
    this.#quota = quota;
    this.#logger = logger;
    metrics.observedGauge(
      "sluice.router.settlements.waiting",
      "Reservations of limits that are over and wait for Redis to be settled",
      "{reservation}",
      (observe) => observe(this.#waiting.size),
    );
  }

  /** Lets a reservation live as long as its request may. One that ends before is settled late. */
  extend(reservation: string, ttlMs: number): void {
    this.#quota.extend(reservation, ttlMs).catch((error: unknown) => {
      if (isOutage(error)) return;
      this.#logger.warn({ err: error }, "a reservation could not be extended; it is settled late");
    });
  }

  /**
   * Reserves more for a request that is under way.
   * @throws SluiceError `service_unavailable` while Redis does not answer
   */
  raise(reservation: string, amounts: UsedAmounts): Promise<RaiseOutcome> {
    return this.#quota.raise(reservation, amounts);
  }

  /** @param used undefined gives all of it back */
  settle(reservation: string, used: UsedAmounts | undefined): void {
    const trying = this.#try(reservation, used)
      .catch((error: unknown) => this.#wait(reservation, used, error))
      .finally(() => this.#open.delete(trying));
    this.#open.add(trying);
  }

  /** What is under way is waited for; what still waits is tried once more, and given up. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#open);
    if (this.#waiting.size > 0) await this.#tryWaiting();
    if (this.#waiting.size === 0) return;
    const text = "reservations could not be settled before the end; they end by themselves, unused";
    this.#logger.error({ alert: "unsettled_limits", waiting: this.#waiting.size }, text);
  }

  async #try(reservation: string, used: UsedAmounts | undefined): Promise<void> {
    await (used === undefined ? this.#quota.cancel(reservation) : this.#quota.settle(reservation, used));
  }

  #wait(reservation: string, used: UsedAmounts | undefined, error: unknown): void {
    if (!isOutage(error)) {
      this.#logger.warn({ err: error }, "a reservation could not be settled; it ends by itself");
      return;
    }
    if (this.#waiting.size === 0) {
      const text = "Redis does not answer: what was used of limits waits to be settled";
      this.#logger.error({ alert: "limits_away", err: error }, text);
    }
    this.#waiting.set(reservation, used);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > maxWaiting && oldest !== undefined) this.#waiting.delete(oldest);
    this.#tryLater();
  }

  #tryLater(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#tryWaiting()
        .catch((error: unknown) => this.#logger.error({ err: error }, "settling of limits failed"))
        .finally(() => {
          this.#timer = undefined;
          if (this.#waiting.size > 0) this.#tryLater();
        });
    }, pauseMs).unref();
  }

  /** Stops with the first that Redis does not take. */
  async #tryWaiting(): Promise<void> {
    let isAway = false;
    while (this.#waiting.size > 0 && !isAway) {
      const batch = [...this.#waiting].slice(0, atOnce);
      const results = await Promise.allSettled(
        batch.map(([reservation, used]) => this.#try(reservation, used)),
      );
      for (const [index, result] of results.entries()) {
        const [reservation = ""] = batch[index] ?? [];
        if (result.status === "fulfilled" || !isOutage(result.reason)) this.#waiting.delete(reservation);
        else isAway = true;
      }
    }
    if (this.#waiting.size === 0)
      this.#logger.info("Redis answers again: what was used of limits is settled");
  }
}

function isOutage(error: unknown): boolean {
  return SluiceError.from(error).code === "service_unavailable";
}
