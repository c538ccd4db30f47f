import { SluiceError } from "@sluice/contracts/sluice-error";
import type { DecisionTally } from "./decision-tally.ts";

/** Refusal of a prompt. Names what was found, never the text. */
export function promptBlocked(tally: DecisionTally): SluiceError {
  return new SluiceError(
    "prompt_blocked",
    `The request was refused by a guard policy: the prompt holds ${kinds(tally)}.`,
  );
}

/** Refusal of a reply. Names what was found, never the text. */
export function replyBlocked(tally: DecisionTally): SluiceError {
  return new SluiceError(
    "reply_blocked",
    `The reply was stopped by a guard policy: it holds ${kinds(tally)}.`,
  );
}

function kinds(tally: DecisionTally): string {
  const blocked = tally.decisions().filter(({ action }) => action === "blocked");
  return [...new Set(blocked.map(({ rule }) => rule))].join(", ");
}
