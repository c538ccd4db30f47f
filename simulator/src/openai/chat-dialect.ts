import type { ChatDialect, ChatReply, Framing, StreamPart } from "../delivery/chat-dialect.ts";
import { type Choice, joinText, type ToolCall } from "../reply/choice.ts";
import { openAiErrorBody } from "./error-body.ts";

const fingerprint = "fp_simulator";

/** `POST /v1/chat/completions`. */
export const openAiChatDialect: ChatDialect = {
  provider: "openai",
  plainBody,
  streamParts,
  streamedError: (error) => `data: ${JSON.stringify(openAiErrorBody(error))}\n\n`,
  keepalive: () => ": keep-alive\n\n",
};

function plainBody(reply: ChatReply): unknown {
  return {
    id: reply.replyId,
    object: "chat.completion",
    created: reply.createdSeconds,
    model: reply.model,
    choices: reply.choices.map((choice, index) => ({
      index,
      message: plainMessage(choice),
      logprobs: null,
      finish_reason: finishReason(choice),
    })),
    ...(reply.reportsUsage ? { usage: usageBody(reply) } : {}),
    service_tier: "default",
    system_fingerprint: fingerprint,
  };
}

function plainMessage(choice: Choice): unknown {
  const text = joinText(choice);
  const refused = choice.stop === "refusal";
  return {
    role: "assistant",
    content: refused || choice.toolCalls.length > 0 ? null : text,
    refusal: refused ? text : null,
    annotations: [],
    ...(choice.toolCalls.length > 0 ? { tool_calls: choice.toolCalls.map(plainToolCall) } : {}),
  };
}

function plainToolCall(call: ToolCall): unknown {
  return {
    id: `call_${call.id}`,
    type: "function",
    function: { name: call.name, arguments: call.inputPieces.join("") },
  };
}

function finishReason(choice: Choice): string {
  switch (choice.stop) {
    case "end":
    case "stop_sequence":
      return "stop";
    case "refusal":
    case "prompt_refused":
      return "content_filter";
    case "length":
    case "tool_calls":
      return choice.stop;
  }
}

function usageBody({ usage }: ChatReply): unknown {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens_details: {
      cached_tokens: usage.cachedInputTokens,
      ...(usage.cacheWriteInputTokens > 0 ? { cache_write_tokens: usage.cacheWriteInputTokens } : {}),
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function* streamParts(reply: ChatReply, _framing: Framing): Generator<StreamPart> {
  const includeUsage = reply.shape.includeUsage === true && reply.reportsUsage;
  const head =
    `data: {"id":${JSON.stringify(reply.replyId)},"object":"chat.completion.chunk","created":${reply.createdSeconds},` +
    `"model":${JSON.stringify(reply.model)},"service_tier":"default","system_fingerprint":"${fingerprint}",`;
  const tail = includeUsage ? ',"usage":null}\n\n' : "}\n\n";
  // The choices of one reply take turns, as they do at the provider.
  let running = reply.choices.map((choice, index) => choiceParts(choice, index, head, tail));
  while (running.length > 0) {
    const still: typeof running = [];
    for (const parts of running) {
      const next = parts.next();
      if (next.done) continue;
      yield next.value;
      still.push(parts);
    }
    running = still;
  }
  if (includeUsage) {
    const data = `${head}"choices":[],"usage":${JSON.stringify(usageBody(reply))}}\n\n`;
    yield { data, tokens: 0, chunk: false };
  }
  yield { data: "data: [DONE]\n\n", tokens: 0, chunk: false };
}

function* choiceParts(choice: Choice, index: number, head: string, tail: string): Generator<StreamPart> {
  const before = `${head}"choices":[{"index":${index},"delta":{`;
  const after = `},"logprobs":null,"finish_reason":null}]${tail}`;
  const refused = choice.stop === "refusal";
  const empty = refused || choice.toolCalls.length > 0 ? "null" : '""';
  // Reasoning is not shown but has been paid for before the first word.
  const role = `${before}"role":"assistant","content":${empty},"refusal":null${after}`;
  yield { data: role, tokens: choice.reasoning.length, chunk: false };
  const textBefore = `${before}"${refused ? "refusal" : "content"}":`;
  for (const piece of choice.text) {
    yield { data: textBefore + JSON.stringify(piece) + after, tokens: 1, chunk: true };
  }
  for (const [position, call] of choice.toolCalls.entries()) {
    const opened = `{"index":${position},"id":"call_${call.id}","type":"function","function":{"name":${JSON.stringify(call.name)},"arguments":""}}`;
    yield { data: `${before}"tool_calls":[${opened}]${after}`, tokens: 1, chunk: true };
    for (const piece of call.inputPieces) {
      const more = `{"index":${position},"function":{"arguments":${JSON.stringify(piece)}}}`;
      yield { data: `${before}"tool_calls":[${more}]${after}`, tokens: 1, chunk: true };
    }
  }
  const finish = `${before}},"logprobs":null,"finish_reason":"${finishReason(choice)}"}]${tail}`;
  yield { data: finish, tokens: 0, chunk: false };
}
