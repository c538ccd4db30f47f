import type { ChatCall } from "../delivery/chat-dialect.ts";
import type { OfferedTool, Prompt, ToolChoice } from "../prompt.ts";
import { ProviderError } from "../provider-error.ts";
import {
  type AnthropicBlock,
  type AnthropicMessage,
  type AnthropicMessagesRequest,
  anthropicMessagesRequestSchema,
} from "./messages-request-schema.ts";
import { blocksOf, refuseConversation } from "./refuse-conversation.ts";
import { refuseIssue } from "./refuse-issue.ts";
import { refuseThinking } from "./refuse-thinking.ts";

/** @throws ProviderError with Anthropic's 400 for what Anthropic does not take */
export function readAnthropicMessages(body: unknown): ChatCall {
  const parsed = anthropicMessagesRequestSchema.safeParse(body);
  if (!parsed.success) throw refuseIssue(parsed.error.issues, body);
  const request = parsed.data;
  refuseConversation(request.messages);
  refuseThinking(request);
  refuseTools(request);
  const format = request.output_config?.format;
  if (format != null) refuseOpenObjects(format.schema);
  return {
    model: request.model,
    framing: request.stream ? "sse" : "plain",
    prompt: readPrompt(request),
    shape: {
      showReasoning: thinks(request),
      omitReasoningText:
        thinks(request) && "display" in request.thinking && request.thinking.display === "omitted",
    },
  };
}

function thinks(
  request: AnthropicMessagesRequest,
): request is AnthropicMessagesRequest & { thinking: NonNullable<AnthropicMessagesRequest["thinking"]> } {
  return request.thinking?.type === "enabled" || request.thinking?.type === "adaptive";
}

function refuseTools(request: AnthropicMessagesRequest): void {
  const tools = request.tools ?? [];
  tools.forEach((tool, index) => {
    const isCustom = tool.type == null || tool.type === "custom";
    if (!isCustom || tool.input_schema !== undefined) return;
    throw new ProviderError(400, `tools.${index}.custom.input_schema: Field required`);
  });
  const choice = request.tool_choice;
  if (choice !== undefined && choice.type !== "none" && tools.length === 0) {
    throw new ProviderError(400, "tool_choice: `tool_choice` may only be specified while providing `tools`.");
  }
  if (choice?.type === "tool" && !tools.some((tool) => tool.name === choice.name)) {
    throw new ProviderError(400, `tool_choice.name: Tool '${choice.name}' not found in provided tools`);
  }
}

function refuseOpenObjects(schema: unknown): void {
  if (typeof schema !== "object" || schema === null) return;
  if (Reflect.get(schema, "type") === "object" && Reflect.get(schema, "additionalProperties") !== false) {
    throw new ProviderError(
      400,
      "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false",
    );
  }
  for (const inner of Object.values(schema)) refuseOpenObjects(inner);
}

function readPrompt(request: AnthropicMessagesRequest): Prompt {
  const { messages } = request;
  const last = messages.at(-1);
  const lastBlocks = last === undefined ? [] : blocksOf(last);
  const results = lastBlocks.filter((block) => block.type === "tool_result");
  const lastUser = messages.findLast((message) => message.role === "user" && userText(message) !== "");
  const choice = request.tool_choice;
  const format = request.output_config?.format;
  return {
    text: systemText(request) + messages.map((message) => blocksOf(message).map(textOf).join("")).join(""),
    messageCount: messages.length + (request.system === undefined ? 0 : 1),
    imageCount: messages.flatMap(blocksOf).filter((block) => block.type === "image").length,
    lastUserText: lastUser === undefined ? "" : userText(lastUser),
    toolResult: results.length > 0 ? results.map(textOf).join(" ") : undefined,
    tools: request.tools?.flatMap(readTool) ?? [],
    toolChoice: readToolChoice(choice),
    parallelToolCalls:
      choice === undefined || choice.type === "none" || choice.disable_parallel_tool_use !== true,
    structured: format == null ? undefined : { schema: format.schema },
    maxOutputTokens: request.max_tokens,
    stopSequences: request.stop_sequences ?? [],
    reasoningAsked: thinks(request),
    choiceCount: 1,
  };
}

function systemText({ system }: AnthropicMessagesRequest): string {
  if (system === undefined) return "";
  return typeof system === "string" ? system : system.map((block) => block.text).join("");
}

function userText(message: AnthropicMessage): string {
  return blocksOf(message)
    .map((block) => (block.type === "text" ? block.text : ""))
    .join("");
}

function textOf(block: AnthropicBlock): string {
  switch (block.type) {
    case "text":
      return block.text;
    case "tool_use":
      return block.name + JSON.stringify(block.input);
    case "tool_result":
      return typeof block.content === "string"
        ? block.content
        : (block.content?.map((part) => (part.type === "text" ? part.text : "")).join("") ?? "");
    case "thinking":
    case "redacted_thinking":
    case "image":
    case "document":
      return "";
  }
}

function readTool(tool: NonNullable<AnthropicMessagesRequest["tools"]>[number]): OfferedTool[] {
  if (tool.input_schema === undefined) return [];
  return [{ name: tool.name, description: tool.description ?? "", schema: tool.input_schema }];
}

function readToolChoice(choice: AnthropicMessagesRequest["tool_choice"]): ToolChoice {
  switch (choice?.type) {
    case "any":
      return "required";
    case "tool":
      return { name: choice.name };
    case "none":
      return "none";
    case "auto":
    case undefined:
      return "auto";
  }
}
