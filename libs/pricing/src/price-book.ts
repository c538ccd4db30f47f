import { calcPrice, findProvider, type ModelPrice } from "@pydantic/genai-prices";
import { ExactDecimal } from "./exact-decimal.ts";
import type { Price, TokenRates } from "./price.ts";

/** Providers that the price book names otherwise than Sluice does. */
const bookNames: Readonly<Record<string, string>> = { gemini: "google" };

/** Where the price book keeps the rate of each kind of token. */
const bookKeys = {
  input: "input_mtok",
  cachedInput: "cache_read_mtok",
  cacheWriteInput: "cache_write_mtok",
  cacheWriteOneHourInput: "cache_write_1h_mtok",
  inputAudio: "input_audio_mtok",
  cachedInputAudio: "cache_audio_read_mtok",
  output: "output_mtok",
  reasoning: "output_reasoning_mtok",
  outputAudio: "output_audio_mtok",
} as const satisfies Record<keyof TokenRates, string>;
const requestsPerBookUnit = 1000;

export interface PriceBookQuestion {
  /** Provider as Sluice names it. */
  provider: string;
  /** Model as the provider names it; dated and aliased names are known to the book. */
  model: string;
  /** When the call was made, epoch milliseconds: prices have effective dates. */
  atMs: number;
  /** All input tokens of the call: they choose the tier (such as "above 200,000 tokens"). */
  inputTokens: number;
}

/**
 * Looks a price up in the data of `@pydantic/genai-prices` as it is bundled with the package; nothing is
 * fetched. The package's own arithmetic is in floats and is not used, only its data and its matching.
 *
 * @returns undefined when the book does not know the model.
 */
export function findBookPrice(question: PriceBookQuestion): Price | undefined {
  const name = question.provider.toLowerCase();
  const providerId = bookNames[name] ?? name;
  // The book also finds providers by a part of their name; "openai-compatible" must not cost what OpenAI costs.
  if (findProvider({ providerId })?.id !== providerId) return undefined;
  const found = calcPrice({}, question.model, { providerId, timestamp: new Date(question.atMs) });
  if (found === null) return undefined;
  const price: Price = {
    source: "price_book",
    provider: found.provider.id,
    model: found.model.id,
    usdPerMillionTokens: ratesOf(found.model_price, question.inputTokens),
  };
  const perThousandRequests = rateOf(found.model_price, "requests_kcount", question.inputTokens);
  if (perThousandRequests !== undefined) {
    price.usdPerRequest = new ExactDecimal(perThousandRequests).dividedBy(requestsPerBookUnit).toFixed();
  }
  return price;
}

function ratesOf(modelPrice: ModelPrice, inputTokens: number): TokenRates {
  const rates: TokenRates = {};
  for (const kind of Object.keys(bookKeys) as (keyof TokenRates)[]) {
    const rate = rateOf(modelPrice, bookKeys[kind], inputTokens);
    if (rate !== undefined) rates[kind] = rate;
  }
  return rates;
}

/**
 * The rate that a key has for a call of this size. A tier holds for all tokens of a call whose input is above
 * its start, not only for the tokens above it: so do Anthropic, Google and OpenAI bill long contexts.
 */
function rateOf(modelPrice: ModelPrice, key: string, inputTokens: number): string | undefined {
  const entry = modelPrice[key];
  if (entry === undefined) return undefined;
  if (typeof entry === "number") return decimalOf(entry);
  const reached = entry.tiers
    .filter((tier) => inputTokens > tier.start)
    .reduce<{ start: number; price: number } | undefined>(
      (highest, tier) => (highest === undefined || tier.start > highest.start ? tier : highest),
      undefined,
    );
  return decimalOf(reached?.price ?? entry.base);
}

/** The shortest decimal that reads back as the same number: the digits that the price book was written with. */
function decimalOf(value: number): string {
  return new ExactDecimal(value).toFixed();
}
