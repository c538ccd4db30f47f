import { PeakAverage } from "./peak-average.ts";

/** What a call that was answered took. Milliseconds. */
export interface CallTimes {
  durationMs: number;
  /** Of a stream. */
  firstTokenMs: number | undefined;
  outputTokens: number;
}

/** A request, as far as its length can be told. */
export interface ExpectedCall {
  stream: boolean;
  /** Tokens that the reply is expected to have; 0 where it has no text. */
  outputTokens: number;
}

/** The time per token of a shorter reply is that of the overhead; it counts as one of so many tokens. */
const fewestTokens = 16;

/** How replies of one form come. */
class Pace {
  /** Milliseconds to the first token of a stream, or to a reply without text. */
  readonly first = new PeakAverage();
  /** Milliseconds for each token of text. */
  readonly perToken = new PeakAverage();

  observe({ durationMs, firstTokenMs, outputTokens }: CallTimes, nowMs: number): void {
    if (firstTokenMs !== undefined) {
      this.perToken.observe((durationMs - firstTokenMs) / Math.max(outputTokens - 1, fewestTokens), nowMs);
    } else if (outputTokens === 0) this.first.observe(durationMs, nowMs);
    else this.perToken.observe(durationMs / Math.max(outputTokens, fewestTokens), nowMs);
  }

  /** Milliseconds for a reply; undefined where nothing is known. */
  expect(outputTokens: number, nowMs: number): number | undefined {
    const [first, perToken] = [this.first.at(nowMs), this.perToken.at(nowMs)];
    if (first === undefined && perToken === undefined) return undefined;
    return (first ?? 0) + (perToken ?? 0) * outputTokens;
  }
}

/** What one target has to do, and how fast it has been of late. */
export class TargetLoad {
  readonly #streams = new Pace();
  readonly #whole = new Pace();
  #open = 0;

  /** Calls that are under way. */
  get open(): number {
    return this.#open;
  }

  begin(): void {
    this.#open++;
  }

  /** The first token of a stream is there: long before its end, so that a slow target shows at once. */
  firstToken(firstTokenMs: number, nowMs: number): void {
    this.#streams.first.observe(firstTokenMs, nowMs);
  }

  /** @param times undefined where it failed or was broken off: how fast that was says nothing of the target */
  end(stream: boolean, times: CallTimes | undefined, nowMs: number): void {
    this.#open--;
    if (times !== undefined) this.#paceOf(stream).observe(times, nowMs);
  }

  /**
   * When a reply that is asked for now is expected to be there: the time that such replies took, once for each call
   * that is open and once for this one. Of whom nothing is known is expected at once, but by one call at a time.
   * Milliseconds, to compare.
   */
  expectedMs({ stream, outputTokens }: ExpectedCall, nowMs: number): number {
    const known = this.#paceOf(stream).expect(outputTokens, nowMs);
    if (known === undefined) return this.#open === 0 ? 0 : Number.MAX_SAFE_INTEGER;
    return known * (this.#open + 1);
  }

  #paceOf(stream: boolean): Pace {
    return stream ? this.#streams : this.#whole;
  }
}
