import type { DialectName } from "@sluice/contracts/dialect-name";
import { type Node, parseTree } from "jsonc-parser";
import { JsonNode } from "./json-node.ts";
import { replyTexts } from "./text-fields.ts";

/**
 * The text that a model had written in a plain reply whose JSON does not come to its end: every string that may be
 * text, the last of them as far as it goes. Empty where there is nothing that begins like JSON, or what is nested too
 * deeply to be a reply.
 */
export function brokenReplyText(dialect: DialectName, source: string): string {
  try {
    return textOf(dialect, source);
  } catch (error) {
    // The parser calls itself for each level.
    if (error instanceof RangeError) return "";
    throw error;
  }
}

function textOf(dialect: DialectName, source: string): string {
  const root = parseTree(source, [], { disallowComments: true });
  if (root === undefined) return "";
  return replyTexts(dialect, source, toJsonNode(root))
    .fields.map(({ text }) => text)
    .join("");
}

function toJsonNode({ type, offset, length, value, children }: Node): JsonNode {
  return new JsonNode(type, offset, length, value as JsonNode["value"], children?.map(toJsonNode));
}
