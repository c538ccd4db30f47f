import type { ChatCall } from "../delivery/chat-dialect.ts";
import type { OfferedTool, Prompt, ToolChoice } from "../prompt.ts";
import { ProviderError } from "../provider-error.ts";
import {
  type OpenAiChatRequest,
  type OpenAiMessage,
  openAiChatRequestSchema,
} from "./chat-request-schema.ts";
import { refuseIssue } from "./refuse-issue.ts";
import { refuseLooseSchema } from "./strict-schema.ts";

/** @throws ProviderError with OpenAI's 400 for what OpenAI does not take */
export function readOpenAiChat(body: unknown): ChatCall {
  const parsed = openAiChatRequestSchema.safeParse(body);
  if (!parsed.success) throw refuseIssue(parsed.error.issues, body);
  const request = parsed.data;
  refuseCombinations(request);
  refuseUnansweredCalls(request.messages);
  return {
    model: request.model,
    framing: request.stream ? "sse" : "plain",
    prompt: readPrompt(request),
    shape: { includeUsage: request.stream_options?.include_usage ?? false },
  };
}

function refuseCombinations(request: OpenAiChatRequest): void {
  if (request.stream_options != null && !request.stream) {
    const message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    throw new ProviderError(400, message, { parameter: "stream_options" });
  }
  if (request.max_tokens != null && /^(o\d|gpt-[5-9])/.test(request.model)) {
    const message =
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    throw new ProviderError(400, message, { code: "unsupported_parameter", parameter: "max_tokens" });
  }
  if (request.tool_choice != null && request.tools == null) {
    const message =
      "Invalid value for 'tool_choice': 'tool_choice' is only allowed when 'tools' are specified.";
    throw new ProviderError(400, message, { parameter: "tool_choice" });
  }
  const format = request.response_format;
  if (format?.type === "json_object" && !/json/i.test(request.messages.map(textOf).join(" "))) {
    const message =
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
    throw new ProviderError(400, message, { parameter: "messages" });
  }
  if (format?.type === "json_schema" && format.json_schema.strict) {
    refuseLooseSchema(
      format.json_schema.schema,
      `response_format '${format.json_schema.name}'`,
      "response_format",
    );
  }
  request.tools?.forEach((tool, index) => {
    if (tool.type !== "function" || !tool.function.strict) return;
    const parameter = `tools[${index}].function.parameters`;
    refuseLooseSchema(tool.function.parameters, `function '${tool.function.name}'`, parameter);
  });
}

/** Each call must be answered by the tool messages right behind it, and each of those must answer one. */
function refuseUnansweredCalls(messages: readonly OpenAiMessage[]): void {
  let open = new Set<string>();
  messages.forEach((message, index) => {
    if (message.role === "tool") {
      if (open.delete(message.tool_call_id)) return;
      const text = "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.";
      throw new ProviderError(400, `Invalid parameter: ${text}`, { parameter: `messages.[${index}].role` });
    }
    if (open.size > 0) throw unanswered(open, index);
    if (message.role === "assistant") open = new Set(message.tool_calls?.map((call) => call.id));
  });
  if (open.size > 0) throw unanswered(open, messages.length - 1);
}

function unanswered(open: ReadonlySet<string>, index: number): ProviderError {
  const text =
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
    `The following tool_call_ids did not have response messages: ${[...open].join(", ")}`;
  return new ProviderError(400, text, { parameter: `messages.[${index}].role` });
}

function readPrompt(request: OpenAiChatRequest): Prompt {
  const { messages } = request;
  const last = messages.at(-1);
  const lastUser = messages.findLast((message) => message.role === "user");
  const effort = request.reasoning_effort;
  return {
    text: messages.length === 1 && last !== undefined ? textOf(last) : messages.map(textOf).join(""),
    messageCount: messages.length,
    imageCount: messages.reduce((sum, message) => sum + imagesOf(message), 0),
    lastUserText: lastUser === undefined ? "" : textOf(lastUser),
    toolResult: readToolResult(messages),
    tools: request.tools?.flatMap(readTool) ?? [],
    toolChoice: readToolChoice(request.tool_choice),
    parallelToolCalls: request.parallel_tool_calls ?? true,
    structured: readStructured(request.response_format),
    maxOutputTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    stopSequences: typeof request.stop === "string" ? [request.stop] : (request.stop ?? []),
    reasoningAsked: effort != null && effort !== "none" && effort !== "minimal",
    choiceCount: request.n ?? 1,
  };
}

/** The results at the end of the conversation; OpenAI has a message for each. */
function readToolResult(messages: readonly OpenAiMessage[]): string | undefined {
  const results = messages.slice(messages.findLastIndex(({ role }) => role !== "tool") + 1);
  return results.length > 0 ? results.map(textOf).join(" ") : undefined;
}

function textOf(message: OpenAiMessage): string {
  const text = contentText(message.content);
  if (message.role !== "assistant" || message.tool_calls == null) return text;
  return message.tool_calls.reduce(
    (sum, call) =>
      call.type === "function"
        ? sum + call.function.name + call.function.arguments
        : sum + call.custom.name + call.custom.input,
    text,
  );
}

function contentText(content: OpenAiMessage["content"]): string {
  if (typeof content === "string") return content;
  return (
    content
      ?.map((part) => (part.type === "text" ? part.text : part.type === "refusal" ? part.refusal : ""))
      .join("") ?? ""
  );
}

function imagesOf(message: OpenAiMessage): number {
  if (message.role !== "user" || typeof message.content === "string") return 0;
  return message.content.filter((part) => part.type === "image_url").length;
}

function readTool(tool: NonNullable<OpenAiChatRequest["tools"]>[number]): OfferedTool[] {
  if (tool.type !== "function") return [];
  return [
    {
      name: tool.function.name,
      description: tool.function.description ?? "",
      schema: tool.function.parameters ?? {},
    },
  ];
}

function readToolChoice(choice: OpenAiChatRequest["tool_choice"]): ToolChoice {
  if (choice == null) return "auto";
  if (typeof choice === "string") return choice;
  switch (choice.type) {
    case "function":
      return { name: choice.function.name };
    case "custom":
      return { name: choice.custom.name };
    case "allowed_tools":
      return choice.allowed_tools.mode;
  }
}

function readStructured(format: OpenAiChatRequest["response_format"]): Prompt["structured"] {
  if (format?.type === "json_object") return { schema: undefined };
  return format?.type === "json_schema" ? { schema: format.json_schema.schema ?? {} } : undefined;
}
