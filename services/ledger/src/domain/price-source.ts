import type { PriceOverride } from "@sluice/pricing/price-overrides";

/** Prices of the configuration that a call was made under. */
export interface PriceSource {
  /** @param revision of the configuration. @default the current one */
  overridesAt(revision: number | undefined): Promise<readonly PriceOverride[]>;
}
