import { ProviderError } from "../provider-error.ts";
import type { AnthropicBlock, AnthropicMessage } from "./messages-request-schema.ts";

interface Turn {
  role: AnthropicMessage["role"];
  blocks: AnthropicBlock[];
  /** Of the turn's first message in the request. */
  index: number;
}

/**
 * Refuses a conversation that Anthropic refuses: no content, a tool's result that belongs to no call or is
 * not the first thing after it, a block in the mouth of the wrong role. Consecutive messages of one role
 * are one turn to Anthropic and so they are here.
 * @throws ProviderError
 */
export function refuseConversation(messages: readonly AnthropicMessage[]): void {
  if (messages.length === 0) throw refuse("messages: at least one message is required");
  if (messages[0]?.role === "assistant") throw refuse('messages: first message must use the "user" role');
  messages.forEach((message, index) => {
    refuseContent(message, index, index === messages.length - 1);
  });
  const turns = combine(messages);
  turns.forEach((turn, position) => {
    refuseToolResults(turn, turns[position - 1]);
    refuseOpenCalls(turn, turns[position + 1]);
  });
}

function refuse(message: string): ProviderError {
  return new ProviderError(400, message);
}

function refuseContent(message: AnthropicMessage, index: number, isLast: boolean): void {
  const blocks = blocksOf(message);
  const mayBeEmpty = isLast && message.role === "assistant";
  if (blocks.length === 0 && !mayBeEmpty) {
    throw refuse(
      `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
    );
  }
  blocks.forEach((block, position) => {
    const place = `messages.${index}.content.${position}`;
    if (block.type === "text" && block.text === "")
      throw refuse("messages: text content blocks must be non-empty");
    if (block.type === "text" && block.text.trim() === "") {
      throw refuse("messages: text content blocks must contain non-whitespace text");
    }
    if (block.type === "tool_use" && message.role !== "assistant") {
      throw refuse(`${place}: \`tool_use\` blocks can only be in \`assistant\` messages`);
    }
    if (block.type === "tool_result" && message.role !== "user") {
      throw refuse(`${place}: \`tool_result\` blocks can only be in \`user\` messages`);
    }
  });
  const last = blocks.at(-1);
  if (isLast && message.role === "assistant" && last?.type === "text" && /\s$/.test(last.text)) {
    throw refuse("messages: final assistant content cannot end with trailing whitespace");
  }
}

/** A message's content as blocks; an empty string has none. */
export function blocksOf(message: AnthropicMessage): AnthropicBlock[] {
  if (typeof message.content !== "string") return message.content;
  return message.content === "" ? [] : [{ type: "text", text: message.content }];
}

function combine(messages: readonly AnthropicMessage[]): Turn[] {
  const turns: Turn[] = [];
  messages.forEach((message, index) => {
    const last = turns.at(-1);
    if (last?.role === message.role) last.blocks = [...last.blocks, ...blocksOf(message)];
    else turns.push({ role: message.role, blocks: blocksOf(message), index });
  });
  return turns;
}

function callIds(turn: Turn | undefined): string[] {
  return turn?.role === "assistant"
    ? turn.blocks.flatMap((block) => (block.type === "tool_use" ? [block.id] : []))
    : [];
}

function refuseToolResults(turn: Turn, previous: Turn | undefined): void {
  const known = callIds(previous);
  turn.blocks.forEach((block, position) => {
    if (block.type !== "tool_result" || known.includes(block.tool_use_id)) return;
    throw refuse(
      `messages.${turn.index}.content.${position}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ` +
        `${block.tool_use_id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
    );
  });
}

function refuseOpenCalls(turn: Turn, next: Turn | undefined): void {
  const calls = callIds(turn);
  if (calls.length === 0) return;
  const firstOther = next?.blocks.findIndex((block) => block.type !== "tool_result") ?? 0;
  const results = firstOther === -1 ? (next?.blocks ?? []) : (next?.blocks.slice(0, firstOther) ?? []);
  const answered = results.flatMap((block) => (block.type === "tool_result" ? [block.tool_use_id] : []));
  const open = calls.filter((id) => !answered.includes(id));
  if (open.length === 0) return;
  throw refuse(
    `messages.${turn.index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(", ")}. ` +
      "Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
  );
}
