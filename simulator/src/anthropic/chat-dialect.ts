import type { ChatDialect, ChatReply, Framing, StreamPart } from "../delivery/chat-dialect.ts";
import { type Choice, joinText, type ToolCall } from "../reply/choice.ts";
import { anthropicErrorBody } from "./error-body.ts";

const ping = 'event: ping\ndata: {"type": "ping"}\n\n';
/** Opaque to clients, who only send it back. */
const signature = Buffer.from("a signature of the simulator, which nobody verifies").toString("base64");

/** `POST /v1/messages`. */
export const anthropicChatDialect: ChatDialect = {
  provider: "anthropic",
  plainBody: (reply) => {
    const [choice] = reply.choices;
    return {
      ...messageStart(reply),
      content: choice === undefined ? [] : plainContent(choice, reply),
      ...stopOf(choice),
      ...(reply.reportsUsage ? { usage: usageBody(reply, reply.usage.outputTokens) } : {}),
    };
  },
  streamParts,
  streamedError: (error) => event("error", anthropicErrorBody(error, undefined)),
  keepalive: () => ping,
};

function messageStart(reply: ChatReply) {
  return {
    id: reply.replyId,
    type: "message",
    role: "assistant",
    model: reply.model,
    content: [],
    container: null,
    diagnostics: null,
    stop_details: null,
    stop_reason: null,
    stop_sequence: null,
  };
}

function plainContent(choice: Choice, reply: ChatReply): unknown[] {
  const content: unknown[] = [];
  if (reply.shape.showReasoning && choice.reasoning.length > 0) {
    const thinking = reply.shape.omitReasoningText ? "" : choice.reasoning.join("").trimStart();
    content.push({ type: "thinking", thinking, signature });
  }
  if (choice.textTokens > 0) content.push({ type: "text", text: joinText(choice), citations: null });
  for (const call of choice.toolCalls) content.push(toolUse(call, call.input));
  return content;
}

function toolUse(call: ToolCall, input: Record<string, unknown>) {
  return { type: "tool_use", id: `toolu_${call.id}`, name: call.name, input, caller: { type: "direct" } };
}

function stopOf(choice: Choice | undefined) {
  const refused = choice?.stop === "refusal" || choice?.stop === "prompt_refused";
  return {
    stop_reason: stopReason(choice),
    stop_sequence: choice?.stopSequence ?? null,
    stop_details: refused ? { type: "refusal", category: null, explanation: null } : null,
  };
}

function stopReason(choice: Choice | undefined): string {
  switch (choice?.stop) {
    case "length":
      return "max_tokens";
    case "tool_calls":
      return "tool_use";
    case "stop_sequence":
      return "stop_sequence";
    case "refusal":
    case "prompt_refused":
      return "refusal";
    case "end":
    case undefined:
      return "end_turn";
  }
}

/** Anthropic counts cached and cache-writing tokens beside `input_tokens`, not within. */
function usageBody({ usage }: ChatReply, outputTokens: number) {
  return {
    input_tokens: usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteInputTokens,
    cache_creation_input_tokens: usage.cacheWriteInputTokens,
    cache_read_input_tokens: usage.cachedInputTokens,
    cache_creation: { ephemeral_5m_input_tokens: usage.cacheWriteInputTokens, ephemeral_1h_input_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: usage.reasoningTokens > 0 ? { thinking_tokens: usage.reasoningTokens } : null,
    server_tool_use: null,
    service_tier: "standard",
    inference_geo: "not_available",
    speed: "standard",
  };
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function unbilled(data: string): StreamPart {
  return { data, tokens: 0, chunk: false };
}

function* streamParts(reply: ChatReply, _framing: Framing): Generator<StreamPart> {
  const [choice] = reply.choices;
  const usage = reply.reportsUsage ? { usage: usageBody(reply, 1) } : {};
  yield unbilled(
    event("message_start", { type: "message_start", message: { ...messageStart(reply), ...usage } }) + ping,
  );
  if (choice !== undefined) yield* blockParts(choice, reply);
  const { input_tokens, cache_creation_input_tokens, cache_read_input_tokens, output_tokens, ...rest } =
    usageBody(reply, reply.usage.outputTokens);
  const finalUsage = {
    input_tokens,
    cache_creation_input_tokens,
    cache_read_input_tokens,
    output_tokens,
    output_tokens_details: rest.output_tokens_details,
    server_tool_use: null,
  };
  yield unbilled(
    event("message_delta", {
      type: "message_delta",
      delta: { ...stopOf(choice), container: null },
      ...(reply.reportsUsage ? { usage: finalUsage } : {}),
    }),
  );
  yield unbilled(event("message_stop", { type: "message_stop" }));
}

function* blockParts(choice: Choice, reply: ChatReply): Generator<StreamPart> {
  let index = 0;
  if (reply.shape.showReasoning && choice.reasoning.length > 0) {
    yield* thinkingParts(choice, reply, index);
    index += 1;
  } else if (choice.reasoning.length > 0) {
    // Not shown, but paid for before the first word.
    yield { data: "", tokens: choice.reasoning.length, chunk: false };
  }
  if (choice.textTokens > 0) {
    yield unbilled(opened(index, { type: "text", text: "", citations: null }));
    const before = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"text_delta","text":`;
    for (const piece of choice.text)
      yield { data: `${before}${JSON.stringify(piece)}}}\n\n`, tokens: 1, chunk: true };
    yield unbilled(closed(index));
    index += 1;
  }
  for (const call of choice.toolCalls) {
    yield { data: opened(index, toolUse(call, {})), tokens: 1, chunk: true };
    for (const piece of call.inputPieces) {
      yield { data: delta(index, { type: "input_json_delta", partial_json: piece }), tokens: 1, chunk: true };
    }
    yield unbilled(closed(index));
    index += 1;
  }
}

function* thinkingParts(choice: Choice, reply: ChatReply, index: number): Generator<StreamPart> {
  yield unbilled(opened(index, { type: "thinking", thinking: "", signature: "" }));
  if (reply.shape.omitReasoningText) yield { data: "", tokens: choice.reasoning.length, chunk: false };
  else {
    for (const [position, piece] of choice.reasoning.entries()) {
      const thinking = position === 0 ? piece.trimStart() : piece;
      yield { data: delta(index, { type: "thinking_delta", thinking }), tokens: 1, chunk: true };
    }
  }
  yield unbilled(delta(index, { type: "signature_delta", signature }) + closed(index));
}

function opened(index: number, block: unknown): string {
  return event("content_block_start", { type: "content_block_start", index, content_block: block });
}

function delta(index: number, change: unknown): string {
  return event("content_block_delta", { type: "content_block_delta", index, delta: change });
}

function closed(index: number): string {
  return event("content_block_stop", { type: "content_block_stop", index });
}
