import type { CanonicalMessage } from "../canonical-content.ts";
import type { CanonicalChatRequest, ReasoningEffort } from "../canonical-request.ts";
import { budgetTokensToEffort, effortToBudgetTokens } from "../reasoning-effort.ts";
import type { ClaudeModel } from "./claude-model.ts";

/** The least `budget_tokens` that the API takes. */
const leastBudget = 1024;

export interface WrittenThinking {
  thinking?: Record<string, unknown>;
  effort?: Exclude<ReasoningEffort, "minimal">;
  /** The reply's limit, with room for thinking where the client did not set it. */
  maxTokens: number;
}

/**
 * Whether the assistant's last turn called tools without thinking that Anthropic signed. The API wants the thinking
 * of such a turn back; a client of another dialect has none to give.
 */
function isInUnsignedToolTurn(messages: CanonicalMessage[]): boolean {
  const lastUser = messages.findLastIndex((message) => message.role === "user");
  const turn = messages.slice(lastUser + 1).findLast((message) => message.role === "assistant");
  if (turn?.role !== "assistant" || !turn.content.some((part) => part.type === "tool-call")) return false;
  return !turn.content.some((part) => part.type === "thinking" && part.signature?.from === "anthropic");
}

function writeEffort(effort: ReasoningEffort | undefined, budgetTokens: number | undefined) {
  const wanted = effort ?? (budgetTokens === undefined ? undefined : budgetTokensToEffort(budgetTokens));
  return wanted === "minimal" ? "low" : wanted;
}

/**
 * Thinking in the way that the model knows: by effort, or by a budget within `max_tokens`. It is left out
 * where the API would refuse it: under a forced tool call, within a turn of unsigned tool calls, and
 * where the client's limit leaves no room for the least budget. It is a wish; those are demands.
 */
export function writeThinking(
  request: CanonicalChatRequest,
  model: ClaudeModel,
  forcesTool: boolean,
): WrittenThinking {
  const { reasoning } = request;
  const maxTokens = request.maxOutputTokens ?? model.defaultMaxTokens;
  if (reasoning === undefined) return { maxTokens };
  if (!reasoning.enabled) {
    if (model.alwaysThinks) return { maxTokens, effort: "low" };
    return { maxTokens, thinking: { type: "disabled" } };
  }
  if (model.thinksAdaptively) {
    const effort = writeEffort(reasoning.effort, reasoning.budgetTokens);
    const display =
      reasoning.includeThoughts === undefined
        ? {}
        : { display: reasoning.includeThoughts ? "summarized" : "omitted" };
    return {
      maxTokens,
      ...(effort === undefined ? {} : { effort }),
      ...(forcesTool ? {} : { thinking: { type: "adaptive", ...display } }),
    };
  }
  if (forcesTool || isInUnsignedToolTurn(request.messages)) return { maxTokens };
  const wanted = reasoning.budgetTokens ?? effortToBudgetTokens(reasoning.effort ?? "medium");
  const budget = Math.max(leastBudget, wanted);
  if (request.maxOutputTokens === undefined) {
    return { maxTokens: maxTokens + budget, thinking: { type: "enabled", budget_tokens: budget } };
  }
  const fitting = Math.min(budget, request.maxOutputTokens - 1);
  if (fitting < leastBudget) return { maxTokens };
  return { maxTokens, thinking: { type: "enabled", budget_tokens: fitting } };
}
