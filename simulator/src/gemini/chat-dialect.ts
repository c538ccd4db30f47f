import type { ChatDialect, ChatReply, Framing, StreamPart } from "../delivery/chat-dialect.ts";
import { type Choice, joinText, type ToolCall } from "../reply/choice.ts";
import { geminiErrorBody } from "./error-body.ts";

/** Opaque to clients, who only send it back. */
const thoughtSignature = Buffer.from("a signature of the simulator, which nobody verifies").toString(
  "base64",
);

/** `generateContent` and `streamGenerateContent`. */
export const geminiChatDialect: ChatDialect = {
  provider: "gemini",
  plainBody: (reply) => {
    const candidates = reply.choices.flatMap((choice, index) => {
      if (choice.stop === "prompt_refused") return [];
      const parts = [...thoughtParts(choice, reply), ...textParts(choice), ...callParts(choice, reply)];
      return [{ content: { parts, role: "model" }, finishReason: finishReason(choice), index }];
    });
    return {
      ...(candidates.length > 0 ? { candidates } : { promptFeedback: { blockReason: "SAFETY" } }),
      ...(reply.reportsUsage ? { usageMetadata: usageBody(reply, candidateTokens(reply)) } : {}),
      modelVersion: reply.model,
      responseId: reply.replyId,
    };
  },
  streamParts,
  streamedError: (error, framing) =>
    framing === "array"
      ? `,\r\n${JSON.stringify(geminiErrorBody(error))}]`
      : `data: ${JSON.stringify(geminiErrorBody(error))}\r\n\r\n`,
  keepalive: (framing) => (framing === "array" ? "\n" : ": keep-alive\n\n"),
};

function thoughtParts(choice: Choice, reply: ChatReply): unknown[] {
  if (!reply.shape.showReasoning || choice.reasoning.length === 0) return [];
  return [{ text: choice.reasoning.join("").trimStart(), thought: true }];
}

function textParts(choice: Choice): unknown[] {
  return choice.textTokens > 0 ? [{ text: joinText(choice) }] : [];
}

function callParts(choice: Choice, reply: ChatReply): unknown[] {
  return choice.toolCalls.map((call, index) => callPart(call, reply, index === 0));
}

/** From Gemini 3 on a call has an id, and the first of a step carries the signature that must come back with it. */
function callPart(call: ToolCall, reply: ChatReply, isFirst: boolean): unknown {
  const isSigned = /^gemini-[3-9]/.test(reply.model);
  return {
    functionCall: { ...(isSigned ? { id: call.id } : {}), name: call.name, args: call.input },
    ...(isSigned && isFirst ? { thoughtSignature } : {}),
  };
}

function finishReason(choice: Choice): string {
  switch (choice.stop) {
    case "length":
      return "MAX_TOKENS";
    case "refusal":
    case "prompt_refused":
      return "SAFETY";
    case "end":
    case "stop_sequence":
    case "tool_calls":
      return "STOP";
  }
}

/** Gemini counts thoughts beside the candidates' tokens, not within. */
function candidateTokens({ usage }: ChatReply): number {
  return usage.outputTokens - usage.reasoningTokens;
}

function usageBody({ usage }: ChatReply, candidatesTokenCount: number) {
  const cached = usage.cachedInputTokens;
  return {
    promptTokenCount: usage.inputTokens,
    ...(cached > 0
      ? { cachedContentTokenCount: cached, cacheTokensDetails: [{ modality: "TEXT", tokenCount: cached }] }
      : {}),
    ...(candidatesTokenCount > 0 ? { candidatesTokenCount } : {}),
    totalTokenCount: usage.inputTokens + candidatesTokenCount + usage.reasoningTokens,
    promptTokensDetails: [{ modality: "TEXT", tokenCount: usage.inputTokens }],
    ...(usage.reasoningTokens > 0 ? { thoughtsTokenCount: usage.reasoningTokens } : {}),
  };
}

function* streamParts(reply: ChatReply, framing: Framing): Generator<StreamPart> {
  const frame = new Frame(framing, reply);
  if (reply.choices[0]?.stop === "prompt_refused") {
    yield { data: frame.wrap('"promptFeedback":{"blockReason":"SAFETY"}'), tokens: 0, chunk: false };
  } else {
    for (const [index, choice] of reply.choices.entries()) {
      yield* candidateParts(choice, index, reply, frame);
    }
  }
  if (framing === "array") yield { data: "]", tokens: 0, chunk: false };
}

function* candidateParts(
  choice: Choice,
  index: number,
  reply: ChatReply,
  frame: Frame,
): Generator<StreamPart> {
  const before = '"candidates":[{"content":{"parts":[';
  const after = `],"role":"model"},"index":${index}}]`;
  if (reply.shape.showReasoning) {
    for (const piece of choice.reasoning) {
      const part = `{"text":${JSON.stringify(piece)},"thought":true}`;
      yield { data: frame.wrap(before + part + after), tokens: 1, chunk: true };
    }
  } else if (choice.reasoning.length > 0) {
    // Not shown, but paid for before the first word.
    yield { data: "", tokens: choice.reasoning.length, chunk: false };
  }
  for (const piece of choice.text) {
    const data = frame.wrap(`${before}{"text":${JSON.stringify(piece)}}${after}`, 1);
    yield { data, tokens: 1, chunk: true };
  }
  for (const [position, call] of choice.toolCalls.entries()) {
    const tokens = 1 + call.inputPieces.length;
    const part = JSON.stringify(callPart(call, reply, position === 0));
    yield { data: frame.wrap(before + part + after, tokens), tokens, chunk: true };
  }
  const finish = `${before}{"text":""}],"role":"model"},"finishReason":"${finishReason(choice)}","index":${index}}]`;
  yield { data: frame.wrap(finish), tokens: 0, chunk: false };
}

/** Wraps each chunk as an event or an element of the array, with the usage up to it. */
class Frame {
  readonly #framing: Framing;
  readonly #reply: ChatReply;
  readonly #end: string;
  #tokens = 0;
  #isFirst = true;

  constructor(framing: Framing, reply: ChatReply) {
    this.#framing = framing;
    this.#reply = reply;
    this.#end = `"modelVersion":${JSON.stringify(reply.model)},"responseId":${JSON.stringify(reply.replyId)}}`;
  }

  wrap(fields: string, tokens = 0): string {
    this.#tokens += tokens;
    const usage = this.#reply.reportsUsage
      ? `"usageMetadata":${JSON.stringify(usageBody(this.#reply, this.#tokens))},`
      : "";
    const chunk = `{${fields},${usage}${this.#end}`;
    if (this.#framing === "sse") return `data: ${chunk}\r\n\r\n`;
    const opening = this.#isFirst ? "[" : ",\r\n";
    this.#isFirst = false;
    return opening + chunk;
  }
}
