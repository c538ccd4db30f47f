/**
 * Judges a text field as a whole, where a {@link Detector} finds values in it: what it looks for stands nowhere in
 * particular. The text may arrive in pieces; the judgement depends on the text only, never on where it was cut.
 */
export interface TextJudge {
  /** Whether the text is what the judge looks for, whatever is still to come. */
  readonly isCertain: boolean;
  write(piece: string): void;
  /** The text is whole. @returns whether it is what the judge looks for */
  finish(): boolean;
}
