import { anthropicChatDialect } from "./anthropic/chat-dialect.ts";
import { readAnthropicMessages } from "./anthropic/read-messages-request.ts";
import { beginReply, failAsAsked } from "./begin-call.ts";
import { chooseBehaviour } from "./choose-behaviour.ts";
import type { BillRow } from "./control/bill.ts";
import type { ChatCall, ChatDialect, ChatReply, Framing } from "./delivery/chat-dialect.ts";
import { deliverPlain } from "./delivery/deliver-plain.ts";
import { deliverStream } from "./delivery/deliver-stream.ts";
import type { Exchange } from "./delivery/exchange.ts";
import { geminiChatDialect } from "./gemini/chat-dialect.ts";
import { readGeminiGenerate } from "./gemini/read-generate-request.ts";
import { refuseUnknownModel } from "./http/models.ts";
import { type HeaderList, providerHeaders } from "./http/provider-headers.ts";
import type { ProviderTarget } from "./http/provider-paths.ts";
import { openAiChatDialect } from "./openai/chat-dialect.ts";
import { readOpenAiChat } from "./openai/read-chat-request.ts";
import type { ProviderName } from "./provider-name.ts";
import { type Choice, outputTokens } from "./reply/choice.ts";
import { composeChoices } from "./reply/compose-choice.ts";
import type { SimulatorState } from "./simulator-state.ts";
import { uniqueId } from "./unique-id.ts";
import { countInput, type Usage } from "./usage.ts";

const dialects: Record<ProviderName, ChatDialect> = {
  openai: openAiChatDialect,
  anthropic: anthropicChatDialect,
  gemini: geminiChatDialect,
};
const replyIdPrefixes: Record<ProviderName, string> = { openai: "chatcmpl-", anthropic: "msg_", gemini: "" };

/**
 * Answers a chat call and fills in its row of the bill.
 * @throws ProviderError when the call is to be refused; the row then charges nothing
 */
export async function answerChat(
  state: SimulatorState,
  exchange: Exchange,
  target: ProviderTarget & { operation: "chat" },
  path: string,
  body: unknown,
  row: BillRow,
): Promise<void> {
  const startedAtMs = performance.now();
  const dialect = dialects[target.provider];
  const call = readCall(target, body);
  row.model = call.model;
  row.stream = call.framing !== "plain";
  refuseUnknownModel(target.provider, call.model);
  const fault = state.faults.apply(target.provider, call.model, path);
  const { text, behaviour } = chooseBehaviour(call.prompt.lastUserText, fault);
  const prompt = text === call.prompt.lastUserText ? call.prompt : { ...call.prompt, lastUserText: text };
  await failAsAsked(exchange, behaviour);
  const choices = composeChoices(prompt, behaviour);
  const usage = usageOf(
    choices,
    countInput(prompt, behaviour),
    behaviour.cached ?? 0,
    behaviour.cacheWrite ?? 0,
  );
  const replyId = uniqueId(replyIdPrefixes[target.provider]);
  row.replyId = replyId;
  if (target.provider === "gemini") row.providerRequestId = replyId;
  const isStreamed = row.stream;
  // Cut off before a byte, the call is one that never took place.
  if (behaviour.cutAfter !== 0) chargeInput(row, usage);
  if (!(await beginReply(exchange, behaviour, !isStreamed))) return;
  const reply: ChatReply = {
    model: call.model,
    replyId,
    createdSeconds: Math.floor(Date.now() / 1_000),
    choices,
    usage,
    reportsUsage: behaviour.usage === undefined,
    shape: call.shape,
  };
  const headers = providerHeaders(target.provider, row.providerRequestId, startedAtMs);
  if (isStreamed) exchange.response.writeHead(200, [...headers, ...streamHeaders(call.framing)]);
  const written = isStreamed
    ? await deliverStream(exchange, dialect, reply, call.framing, behaviour)
    : await deliverPlain(exchange, dialect, reply, headers, behaviour);
  row.outputTokens = written;
  row.reasoningTokens = Math.min(usage.reasoningTokens, written);
  const isBroken = exchange.wasCut || behaviour.halfJson || behaviour.errorAfter !== undefined;
  if (!isBroken && !exchange.aborted) row.status = "completed";
}

function readCall(target: ProviderTarget & { operation: "chat" }, body: unknown): ChatCall {
  switch (target.provider) {
    case "openai":
      return readOpenAiChat(body);
    case "anthropic":
      return readAnthropicMessages(body);
    case "gemini":
      return readGeminiGenerate(body, target.model ?? "", target.framing ?? "plain");
  }
}

function usageOf(choices: readonly Choice[], inputTokens: number, cached: number, cacheWrite: number): Usage {
  let output = 0;
  let reasoning = 0;
  for (const choice of choices) {
    output += outputTokens(choice);
    reasoning += choice.reasoning.length;
  }
  return {
    inputTokens,
    cachedInputTokens: cached,
    cacheWriteInputTokens: cacheWrite,
    outputTokens: output,
    reasoningTokens: reasoning,
  };
}

function chargeInput(row: BillRow, usage: Usage): void {
  row.inputTokens = usage.inputTokens;
  row.cachedInputTokens = usage.cachedInputTokens;
  row.cacheWriteInputTokens = usage.cacheWriteInputTokens;
}

function streamHeaders(framing: Framing): HeaderList {
  if (framing === "array") return ["content-type", "application/json; charset=UTF-8"];
  return ["content-type", "text/event-stream; charset=utf-8", "cache-control", "no-cache"];
}
