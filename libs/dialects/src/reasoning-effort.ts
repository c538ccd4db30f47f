import type { ReasoningEffort } from "./canonical-request.ts";

/**
 * Thinking tokens that stand for an effort, for models that take a budget. `minimal` to `high` are the
 * figures that Google documents for reasoning_effort (ai.google.dev/gemini-api/docs/openai); above `high` it is
 * the largest budget of Gemini 2.5. 1,024 is also the least that Anthropic takes.
 */
const budgets: Record<ReasoningEffort, number> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_768,
  max: 32_768,
};

export function effortToBudgetTokens(effort: ReasoningEffort): number {
  return budgets[effort];
}

/** The least effort whose budget holds this many tokens. */
export function budgetTokensToEffort(budgetTokens: number): ReasoningEffort {
  if (budgetTokens <= budgets.low) return "low";
  if (budgetTokens <= budgets.medium) return "medium";
  return budgetTokens <= budgets.high ? "high" : "xhigh";
}
