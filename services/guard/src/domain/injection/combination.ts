import type { Concept } from "./concept.ts";

/** Concepts that stand near each other, and what that says. */
export interface Combination {
  parts: readonly Concept[];
  /** Largest distance of the first from the last, in words; ends of sentences count as several. */
  within: number;
  /** How much it says that the text is an attack. */
  points: number;
}
