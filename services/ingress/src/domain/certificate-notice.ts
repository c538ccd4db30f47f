/** A certificate that has less left than this is told of; of one that never lives long, than a third of its life. */
const soonMs = 14 * 86_400_000;

/** When a certificate is valid, epoch milliseconds. */
export interface Validity {
  validFromMs: number;
  validUntilMs: number;
}

/** What is to be said of a certificate's time, as the end of a sentence; undefined where all is well. */
export function certificateNotice(
  { validFromMs, validUntilMs }: Validity,
  nowMs: number,
): string | undefined {
  const until = new Date(validUntilMs).toISOString();
  if (nowMs >= validUntilMs) return `expired at ${until}`;
  if (nowMs < validFromMs) return `is not valid before ${new Date(validFromMs).toISOString()}`;
  const soon = Math.min(soonMs, (validUntilMs - validFromMs) / 3);
  return validUntilMs - nowMs < soon ? `expires at ${until}` : undefined;
}
