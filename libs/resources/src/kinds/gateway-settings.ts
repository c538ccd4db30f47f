import { z } from "zod";
import { gatewaySchema, ledgerSchema } from "../gateway-schema.ts";
import { priceOverrideSchema } from "../price-override.ts";

/** What holds for the gateway as a whole. */
export const gatewaySettingsSchema = z
  .strictObject({
    gateway: gatewaySchema.optional().describe("What the gateway takes on. Default: as in sluice.yaml."),
    ledger: ledgerSchema.optional().describe("How calls are recorded. Default: as in sluice.yaml."),
    prices: z
      .array(priceOverrideSchema)
      .default([])
      .describe("Prices of your own; they go before those of sluice.yaml and of the price book."),
  })
  .describe("What holds for the gateway as a whole. There can be one; it goes before sluice.yaml.");
export type GatewaySettings = z.infer<typeof gatewaySettingsSchema>;
