import { z } from "zod";
import { namePatternSchema } from "./name-pattern.ts";

const dollarsHint = 'a price in US dollars, such as 2.5 or "0.0375"';

/**
 * US dollars as an exact decimal string. In YAML a plain number will do as well: it is taken by its shortest
 * digits, which are the ones that were written.
 */
export const decimalDollarsSchema = z
  .union([z.string(), z.number().transform(String)], { error: dollarsHint })
  .pipe(z.string().regex(/^\d{1,9}(\.\d{1,12})?$/, dollarsHint))
  .meta({ title: "price in US dollars" });

/** US dollars per million tokens of each kind. */
export const tokenPricesSchema = z.strictObject({
  input: decimalDollarsSchema.describe("Input that no other price is for."),
  output: decimalDollarsSchema.optional().describe("Output. Leave it out for a model without output tokens."),
  cachedInput: decimalDollarsSchema
    .optional()
    .describe("Input read from the prompt cache. Default: as input."),
  cacheWriteInput: decimalDollarsSchema
    .optional()
    .describe("Input written to the prompt cache. Default: as input."),
  cacheWriteOneHourInput: decimalDollarsSchema
    .optional()
    .describe("Input written to the prompt cache for an hour. Default: as cacheWriteInput."),
  inputAudio: decimalDollarsSchema.optional().describe("Audio input. Default: as input."),
  cachedInputAudio: decimalDollarsSchema
    .optional()
    .describe("Audio input read from the prompt cache. Default: as inputAudio."),
  reasoning: decimalDollarsSchema.optional().describe("Output spent on reasoning. Default: as output."),
  outputAudio: decimalDollarsSchema.optional().describe("Audio output. Default: as output."),
});
export type TokenPrices = z.infer<typeof tokenPricesSchema>;

/** A price that stands before the price book's. */
export const priceOverrideSchema = z.strictObject({
  /** Backend that the price is for. @default undefined (every backend) */
  backend: z.string().optional().describe("Backend that the price is for. Default: every one."),
  /** Model as the provider is asked for it. */
  model: namePatternSchema.describe("Model as the provider names it; a * at the end stands for any ending."),
  /** First day of the price, UTC. @default undefined (always) */
  from: z.iso
    .date("a day, such as 2026-01-31")
    .optional()
    .describe("First day of the price, in UTC. Default: it has always been so."),
  usdPerMillionTokens: tokenPricesSchema.describe("US dollars per million tokens."),
});
export type PriceOverride = z.infer<typeof priceOverrideSchema>;
