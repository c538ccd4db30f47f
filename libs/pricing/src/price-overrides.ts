import type { Price, TokenRates } from "@sluice/contracts/price";

/** A price of the configuration, as a snapshot holds it. */
export interface PriceOverride {
  /** @default undefined (every backend) */
  backend?: string | undefined;
  /** Model as the provider names it; a `*` at the end stands for any ending. */
  model: string;
  /** First day of the price, UTC, `YYYY-MM-DD`. @default undefined (always) */
  from?: string | undefined;
  /** US dollars per million tokens, exact decimals. */
  usdPerMillionTokens: { [Kind in keyof TokenRates]?: string | undefined };
}

export interface OverrideQuestion {
  backend: string;
  /** Model names to look for, the preferred one first. */
  models: readonly string[];
  /** When the call was made, epoch milliseconds. */
  atMs: number;
}

/**
 * The first price of the list that is for this backend, one of these models and this time. It replaces the
 * price book's as a whole; nothing of the two is mixed.
 */
export function findOverride(
  overrides: readonly PriceOverride[],
  question: OverrideQuestion,
): Price | undefined {
  const override = overrides.find(
    (candidate) =>
      (candidate.backend === undefined || candidate.backend === question.backend) &&
      (candidate.from === undefined || Date.parse(`${candidate.from}T00:00:00Z`) <= question.atMs) &&
      question.models.some((model) => matches(candidate.model, model)),
  );
  if (override === undefined) return undefined;
  const rates: TokenRates = {};
  for (const [kind, rate] of Object.entries(override.usdPerMillionTokens)) {
    if (rate !== undefined) rates[kind as keyof TokenRates] = rate;
  }
  return {
    source: "configuration",
    model: override.model,
    ...(override.from === undefined ? {} : { from: override.from }),
    usdPerMillionTokens: rates,
  };
}

function matches(pattern: string, model: string): boolean {
  return pattern.endsWith("*") ? model.startsWith(pattern.slice(0, -1)) : pattern === model;
}
