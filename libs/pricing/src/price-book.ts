import {
  calcPrice,
  findProvider,
  type ModelPrice,
  type PriceCalculation,
  type PriceOptions,
} from "@pydantic/genai-prices";
import type { Price, TokenRates } from "@sluice/contracts/price";
import { ExactDecimal } from "./exact-decimal.ts";
import type { PriceTier, PriceTiers } from "./price-tiers.ts";

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
const requestsKey = "requests_kcount";
const requestsPerBookUnit = 1000;
/** No model has a longer name. The book compares a name with all of its own, so an endless one would take seconds. */
const longestModelName = 256;

export interface PriceBookQuestion {
  /** Provider as Sluice names it. */
  provider: string;
  /** Model as the provider names it; dated and aliased names are known to the book. */
  model: string;
  /** When the call was made, epoch milliseconds: prices have effective dates, a few a time of day. */
  atMs: number;
}

/**
 * Looks a price up in the data of `@pydantic/genai-prices` as it is bundled with the package; nothing is
 * fetched. The package's own arithmetic is in floats and is not used, only its data and its matching.
 *
 * @returns undefined when the book does not know the model.
 */
export function findBookPrice(question: PriceBookQuestion): PriceTiers | undefined {
  const { provider, model, atMs } = question;
  const providerId = bookIdOf(provider);
  if (providerId === undefined || model.length > longestModelName) return undefined;
  return lookUp(model, { providerId, timestamp: new Date(atMs) });
}

/** As {@link findBookPrice}, for a model by the book's own name of it, which is not always one that it would match. */
export function findBookPriceById(question: PriceBookQuestion): PriceTiers | undefined {
  const providerId = bookIdOf(question.provider);
  const provider = providerId === undefined ? undefined : findProvider({ providerId });
  const model = provider?.models.find(({ id }) => id === question.model);
  if (provider === undefined || model === undefined) return undefined;
  const alone = { ...provider, models: [{ ...model, match: { equals: model.id } }] };
  return lookUp(model.id, { provider: alone, timestamp: new Date(question.atMs) });
}

function bookIdOf(provider: string): string | undefined {
  const name = provider.toLowerCase();
  const providerId = bookNames[name] ?? name;
  // The book also finds providers by a part of their name; "openai-compatible" must not cost what OpenAI costs.
  return findProvider({ providerId })?.id === providerId ? providerId : undefined;
}

function lookUp(model: string, options: PriceOptions): PriceTiers | undefined {
  const found = calcPrice({}, model, options);
  if (found === null) return undefined;
  return [
    { fromInputTokens: 0, price: priceOf(found, 0) },
    // A tier begins above its start.
    ...tierStarts(found.model_price).map((start): PriceTier => {
      return { fromInputTokens: start + 1, price: priceOf(found, start + 1) };
    }),
  ];
}

/** Where a rate of any kind changes, rising. */
function tierStarts(modelPrice: ModelPrice): number[] {
  const starts = [...Object.values(bookKeys), requestsKey].flatMap((key) => {
    const entry = modelPrice[key];
    return typeof entry === "object" ? entry.tiers.map((tier) => tier.start) : [];
  });
  return [...new Set(starts)].sort((a, b) => a - b);
}

function priceOf(found: PriceCalculation, inputTokens: number): Price {
  const price: Price = {
    source: "price_book",
    provider: found.provider.id,
    model: found.model.id,
    usdPerMillionTokens: ratesOf(found.model_price, inputTokens),
  };
  const perThousandRequests = rateOf(found.model_price, requestsKey, inputTokens);
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
