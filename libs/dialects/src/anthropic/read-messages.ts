import { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import type {
  AssistantPart,
  CanonicalMessage,
  TextPart,
  ToolResultPart,
  UserPart,
} from "../canonical-content.ts";
import { checkClientShape } from "../check-shape.ts";
import {
  type AnthropicBlock,
  anthropicContentSchema,
  readAssistantBlock,
  readMediaBlock,
  readTextBlock,
  readToolResult,
} from "./read-content.ts";

export const anthropicMessageSchema = z.object({ role: z.string(), content: anthropicContentSchema });

/** The system prompt, or any content in which only text may stand. */
export function readAnthropicTexts(content: unknown, path: string): TextPart[] {
  const checked = checkClientShape(anthropicContentSchema, content, path);
  if (typeof checked === "string") return [{ type: "text", text: checked }];
  return checked.map((block, index) => readTextBlock(block, `${path}[${index}]`));
}

/** Results of tools come first, in a message of their own; the rest is the user's. */
function readUser(
  blocks: AnthropicBlock[],
  path: string,
  namesById: Map<string, string>,
): CanonicalMessage[] {
  const results: ToolResultPart[] = [];
  const parts: UserPart[] = [];
  for (const [index, block] of blocks.entries()) {
    const blockPath = `${path}[${index}]`;
    if (block.type === "tool_result") results.push(readToolResult(block, blockPath, namesById));
    else parts.push(...readMediaBlock(block, blockPath));
  }
  const messages: CanonicalMessage[] = [];
  if (results.length > 0) messages.push({ role: "tool", content: results });
  if (parts.length > 0 || results.length === 0) messages.push({ role: "user", content: parts });
  return messages;
}

/**
 * A signature of another provider's tool call was given to the client as a thinking block without text
 * before the call; here it goes back to its call.
 */
function returnCallSignatures(parts: AssistantPart[]): AssistantPart[] {
  const read: AssistantPart[] = [];
  for (const part of parts) {
    const before = read.at(-1);
    const isCarrier =
      before?.type === "thinking" &&
      before.text === "" &&
      before.signature !== undefined &&
      before.signature.from !== "anthropic";
    if (part.type === "tool-call" && isCarrier && before.signature !== undefined) {
      read.pop();
      read.push({ ...part, signature: before.signature });
    } else {
      read.push(part);
    }
  }
  return read;
}

export function readAnthropicMessages(
  messages: z.infer<typeof anthropicMessageSchema>[],
): CanonicalMessage[] {
  const read: CanonicalMessage[] = [];
  const namesById = new Map<string, string>();
  for (const [index, { role, content }] of messages.entries()) {
    const path = `messages[${index}]`;
    const contentPath = `${path}.content`;
    const blocks: AnthropicBlock[] =
      typeof content === "string" ? [{ type: "text", text: content }] : content;
    if (role === "user") {
      read.push(...readUser(blocks, contentPath, namesById));
    } else if (role === "assistant") {
      const parts = blocks.map((block, position) => readAssistantBlock(block, `${contentPath}[${position}]`));
      for (const part of parts) if (part.type === "tool-call") namesById.set(part.id, part.name);
      read.push({ role: "assistant", content: returnCallSignatures(parts) });
    } else if (role === "system") {
      read.push({ role: "system", content: readAnthropicTexts(content, contentPath) });
    } else {
      throw new SluiceError("invalid_request", "The role must be user, assistant or system.", {
        parameter: `${path}.role`,
      });
    }
  }
  return read;
}
