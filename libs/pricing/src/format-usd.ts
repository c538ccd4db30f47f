const nanoPerUsd = 1_000_000_000n;

/**
 * Nano-dollars as an exact decimal of US dollars, without trailing zeros: `1_500_000_000n` is `"1.5"`,
 * `1n` is `"0.000000001"`, `0n` is `"0"`.
 */
export function formatUsd(nanoUsd: bigint): string {
  const sign = nanoUsd < 0n ? "-" : "";
  const amount = nanoUsd < 0n ? -nanoUsd : nanoUsd;
  const fraction = (amount % nanoPerUsd).toString().padStart(9, "0").replace(/0+$/, "");
  const dollars = `${sign}${amount / nanoPerUsd}`;
  return fraction === "" ? dollars : `${dollars}.${fraction}`;
}
