/** What a Gemini model takes, told by its name. A name that tells no generation is taken for the newest. */
export interface GeminiModel {
  /** `thinkingLevel`; models before Gemini 3 know only `thinkingBudget`. */
  thinksByLevel: boolean;
  /** Pro models think always: they take neither a budget of 0 nor the level MINIMAL. */
  isPro: boolean;
  /** Function calls of the conversation must carry a thought signature. */
  needsSignatures: boolean;
}

export function geminiModel(name: string): GeminiModel {
  const generation = /gemini-(\d+)/.exec(name.toLowerCase())?.[1];
  const isThirdOrLater = generation === undefined || Number(generation) >= 3;
  return {
    thinksByLevel: isThirdOrLater,
    isPro: /-pro\b/.test(name.toLowerCase()),
    needsSignatures: isThirdOrLater,
  };
}
