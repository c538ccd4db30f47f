import type { PriceOverride } from "@sluice/pricing/price-overrides";
import type { SnapshotFollower } from "@sluice/resources/snapshot-follower";
import type { Logger } from "@sluice/telemetry/logger";
import type { PriceSource } from "../domain/price-source.ts";

/** Revisions that were not to be had are remembered, so that each is waited for once. */
const rememberedRevisions = 100;

/** Prices of the configuration on the bus, at the revision that a call was made under. */
export class SnapshotPrices implements PriceSource {
  readonly #follower: SnapshotFollower;
  readonly #logger: Logger;
  readonly #missing = new Set<number>();

  constructor(follower: SnapshotFollower, logger: Logger) {
    this.#follower = follower;
    this.#logger = logger;
  }

  /**
   * A revision that is no longer kept, or never arrives, is replaced by the current one: a call that waits
   * for its price for ever would be worse. Prices that carry a date (`from`) are the same in both.
   */
  async overridesAt(revision: number | undefined): Promise<readonly PriceOverride[]> {
    if (revision === undefined || this.#missing.has(revision)) return this.#follower.current.prices;
    try {
      return (await this.#follower.at(revision)).prices;
    } catch (error) {
      if (this.#missing.size >= rememberedRevisions) this.#missing.clear();
      this.#missing.add(revision);
      this.#logger.warn(
        { err: error, revision, current: this.#follower.current.revision },
        "a configuration is gone; its calls are priced by the current one",
      );
      return this.#follower.current.prices;
    }
  }
}
