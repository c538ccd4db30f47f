import { tokensOfText } from "@sluice/dialects/estimate-input-tokens";
import type { ReplyAccount } from "./reply-translation.ts";

/** A cheap guess at the output tokens of a reply while it comes: each text of it is looked at once. */
export class OutputEstimate {
  #chars = 0;
  #tokens = 0;

  /** @returns at most as many tokens as there are characters */
  of({ outputText, outputChars }: Pick<ReplyAccount, "outputText" | "outputChars">): number {
    if (outputText.length > this.#chars) {
      this.#tokens += tokensOfText(outputText.slice(this.#chars));
      this.#chars = outputText.length;
    }
    // Text beyond what was kept is taken to be like the text before it.
    const share = this.#chars === 0 ? 1 : Math.max(1, outputChars / this.#chars);
    return this.#tokens * share;
  }
}
