import { Decimal } from "decimal.js";

/**
 * Decimal arithmetic that is exact for every amount that can occur: 16 digits of tokens times 21 digits of
 * a rate, summed over a handful of kinds, need fewer than 60 significant digits; the library's 20 would round.
 *
 * Half-even is the one rounding in the whole of pricing. Rates such as 37.5 nano-dollars a token make exact
 * halves common; rounding them always up would add up to a drift over millions of entries, half-even does not.
 */
export const ExactDecimal = Decimal.clone({
  precision: 100,
  rounding: Decimal.ROUND_HALF_EVEN,
  toExpNeg: -100,
  toExpPos: 100,
});
