import type { Behaviour } from "./behaviour.ts";
import { countTokens } from "./count-tokens.ts";
import type { Prompt } from "./prompt.ts";

/** Tokens of one call. Totals; cached, cache-write and reasoning tokens are parts of them. */
export interface Usage {
  inputTokens: number;
  cachedInputTokens: number;
  cacheWriteInputTokens: number;
  outputTokens: number;
  reasoningTokens: number;
}

/** What a message costs on top of its text. */
export const tokensPerMessage = 3;
/** What an image costs, whatever its size. */
export const tokensPerImage = 85;

/** Input tokens of a chat: text, a fixed price for each message and each image, and never fewer than are cached. */
export function countInput(prompt: Prompt, behaviour: Behaviour): number {
  const counted =
    countTokens(prompt.text) + tokensPerMessage * prompt.messageCount + tokensPerImage * prompt.imageCount;
  return Math.max(counted, (behaviour.cached ?? 0) + (behaviour.cacheWrite ?? 0));
}
