import type { Operation } from "@sluice/contracts/dialect-name";
import type { Price } from "@sluice/contracts/price";
import { noUsage } from "@sluice/contracts/usage";
import { costOf } from "@sluice/pricing/cost";

/** Tokens over which the price of one is worked out, so that nothing of it is lost in rounding. */
const manyTokens = 1_000_000;

/** What a call costs as its reply grows, in nano-dollars. */
export interface CallCost {
  /** Before the first token of the reply. */
  fixed: number;
  perOutputToken: number;
}

/** @returns undefined where nobody knows the price */
export function callCost(
  price: Price | undefined,
  operation: Operation,
  inputTokens: number,
): CallCost | undefined {
  if (price === undefined) return undefined;
  const fixed = costOf({ ...noUsage, inputTokens }, price, operation);
  const many = costOf({ ...noUsage, inputTokens, outputTokens: manyTokens }, price, operation);
  if (fixed === undefined || many === undefined) return undefined;
  return { fixed: Number(fixed), perOutputToken: Number(many - fixed) / manyTokens };
}
