/** Where a detector reports a value: `[start, end)` in the text it was given. */
export type Emit = (kind: string, start: number, end: number, openEnded?: boolean) => void;

/** How far a scan came, as offsets in the text it was given. */
export interface ScanProgress {
  /** Where the next scan of this text begins. */
  position: number;
  /** Every value that begins before this offset has been reported; nothing that comes later alters that. */
  clear: number;
}

/**
 * Finds one sort of value in a text that may arrive in pieces.
 *
 * The contract that makes pieces equal to the whole: what is reported depends on the text only, never on
 * where it was cut. So a detector decides about a place only when it has seen all that the decision could
 * depend on, and looks back no further than {@link lookBehind} characters.
 */
export interface Detector {
  readonly name: string;
  /**
   * Reports the values that begin in `[from, clear)`, from left to right, none overlapping another.
   * `from` is the `position` of the scan before, or 0. Before it there are `lookBehind` characters of
   * context or the beginning of the text. With `final` no more text comes.
   * After an open-ended value the scan ends with its position behind what is surely part of the value.
   */
  scan(text: string, from: number, final: boolean, emit: Emit): ScanProgress;
  /** Where an open-ended value ends. Asked again from `end` on, with more text, as long as it is not `closed`. */
  continueValue?(kind: string, text: string, from: number, final: boolean): { end: number; closed: boolean };
}

/** Characters before a scan's position that a detector may look at. */
export const lookBehind = 64;

/** Longest value, in characters, for which a detector holds text back (open-ended values pass it). */
export const maxValueLength = 256;
