import { maxOutputTextChars } from "./dialect.ts";

/** Collects the text of a reply up to a bound and counts all of it. */
export interface OutputText {
  add(text: string): void;
  text(): string;
  chars(): number;
}

export function createOutputText(): OutputText {
  let kept = "";
  let chars = 0;
  return {
    add(text) {
      chars += text.length;
      if (kept.length < maxOutputTextChars) kept += text.slice(0, maxOutputTextChars - kept.length);
    },
    text: () => kept,
    chars: () => chars,
  };
}
