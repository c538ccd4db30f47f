import { type JsonNode, jsonChildren, memberOf, numberValue, stringValue } from "./json-node.ts";
import type { StreamTexts, TextForm } from "./text-channels.ts";

/** Members of a delta that are pieces of a text, with the names that other servers of this dialect use for thinking. */
const textMembers = ["content", "refusal", "reasoning_content", "reasoning"];

/**
 * Pieces in a chunk of chat completions: the deltas of each choice, the arguments of each of its tool calls.
 * A finish reason ends the texts of its choice.
 */
export function openaiStreamTexts(root: JsonNode): StreamTexts {
  const channels: StreamTexts["channels"] = new Map();
  const closes: string[] = [];
  const add = (node: JsonNode | undefined, channel: string, form: TextForm): void => {
    if (node?.type === "string") channels.set(node, { channel, form });
  };
  jsonChildren(memberOf(root, "choices")).forEach((choice, place) => {
    const delta = memberOf(choice, "delta");
    const name = `choice ${numberValue(memberOf(choice, "index")) ?? place} `;
    for (const member of textMembers) add(memberOf(delta, member), `${name}${member}`, "text");
    add(memberOf(memberOf(delta, "audio"), "transcript"), `${name}transcript`, "text");
    add(memberOf(memberOf(delta, "function_call"), "arguments"), `${name}function_call`, "json");
    jsonChildren(memberOf(delta, "tool_calls")).forEach((call, callPlace) => {
      const callName = `${name}tool ${numberValue(memberOf(call, "index")) ?? callPlace} `;
      add(memberOf(memberOf(call, "function"), "arguments"), `${callName}arguments`, "json");
      add(memberOf(memberOf(call, "custom"), "input"), `${callName}input`, "text");
    });
    if (stringValue(memberOf(choice, "finish_reason")) !== undefined) closes.push(name);
  });
  return { channels, closes };
}
