import { ProviderError } from "../provider-error.ts";
import type { AnthropicMessagesRequest } from "./messages-request-schema.ts";
import { blocksOf } from "./refuse-conversation.ts";

/**
 * Refuses what Anthropic does not combine with `thinking: {type: "enabled"}`: a budget that leaves no
 * room, a temperature, a forced tool, and a tool call sent back without the thinking that led to it.
 * @throws ProviderError
 */
export function refuseThinking(request: AnthropicMessagesRequest): void {
  if (request.thinking?.type !== "enabled") return;
  if (request.thinking.budget_tokens >= request.max_tokens) {
    throw new ProviderError(400, "`max_tokens` must be greater than `thinking.budget_tokens`.");
  }
  if (request.temperature !== undefined && request.temperature !== 1) {
    throw new ProviderError(400, "`temperature` may only be set to 1 when thinking is enabled.");
  }
  if (request.tool_choice?.type === "any" || request.tool_choice?.type === "tool") {
    throw new ProviderError(400, "Thinking may not be enabled when tool_choice forces tool use.");
  }
  const index = request.messages.findLastIndex((message) => message.role === "assistant");
  const message = request.messages[index];
  const blocks = message === undefined ? [] : blocksOf(message);
  const callsTool = blocks.some((block) => block.type === "tool_use");
  const first = blocks[0]?.type;
  if (callsTool && first !== "thinking" && first !== "redacted_thinking") {
    throw new ProviderError(
      400,
      `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first ?? ""}\`. ` +
        "When `thinking` is enabled, a final `assistant` message must start with a thinking block.",
    );
  }
}
