import { z } from "zod";

/** Exact decimal of US dollars, as text: floats can't hold 0.1. */
const dollarsSchema = z.string().regex(/^\d+(\.\d+)?$/);

/** US dollars per million tokens of each kind. A kind without its own rate takes the one in its comment. */
export const tokenRatesSchema = z.object({
  input: dollarsSchema.optional(),
  /** Else as `input`. */
  cachedInput: dollarsSchema.optional(),
  /** Else as `input`. */
  cacheWriteInput: dollarsSchema.optional(),
  /** Else as `cacheWriteInput`. */
  cacheWriteOneHourInput: dollarsSchema.optional(),
  /** Else as `input`. */
  inputAudio: dollarsSchema.optional(),
  /** Else as `inputAudio` where that has a rate, else as `cachedInput`. */
  cachedInputAudio: dollarsSchema.optional(),
  output: dollarsSchema.optional(),
  /** Else as `output`. */
  reasoning: dollarsSchema.optional(),
  /** Else as `output`. */
  outputAudio: dollarsSchema.optional(),
});
export type TokenRates = z.infer<typeof tokenRatesSchema>;

/**
 * The price that one call was given, with the tier already chosen. An entry keeps it for good, so a later
 * change of the price book or of the configuration doesn't change what was booked.
 */
export const priceSchema = z.object({
  source: z.enum(["configuration", "price_book"]),
  /** Provider as the price book names it; absent in a price from the configuration. */
  provider: z.string().optional(),
  /** Model as the price book names it, or the pattern of the configuration. */
  model: z.string(),
  /** First day of the price, UTC, where it has one. */
  from: z.string().optional(),
  usdPerMillionTokens: tokenRatesSchema,
  /** Charge for the call as such, on top of its tokens. */
  usdPerRequest: dollarsSchema.optional(),
});
export type Price = z.infer<typeof priceSchema>;
