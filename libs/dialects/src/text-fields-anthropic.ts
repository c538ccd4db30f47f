import { type JsonNode, memberOf, numberValue, stringValue } from "./json-node.ts";
import type { StreamTexts } from "./text-channels.ts";

/** Pieces in an event of messages: the deltas of each content block. Its stop ends its text. */
export function anthropicStreamTexts(root: JsonNode): StreamTexts {
  const channels: StreamTexts["channels"] = new Map();
  const closes: string[] = [];
  const name = `block ${numberValue(memberOf(root, "index")) ?? 0} `;
  const type = stringValue(memberOf(root, "type"));
  const part = type === "content_block_start" ? memberOf(root, "content_block") : memberOf(root, "delta");
  if (type === "content_block_start" || type === "content_block_delta") {
    for (const member of ["text", "thinking"]) {
      const node = memberOf(part, member);
      if (node?.type === "string") channels.set(node, { channel: `${name}${member}`, form: "text" });
    }
    const input = memberOf(part, "partial_json");
    if (input?.type === "string") channels.set(input, { channel: `${name}input`, form: "json" });
  } else if (type === "content_block_stop") {
    closes.push(name);
  } else if (type === "message_stop") {
    closes.push("block ");
  }
  return { channels, closes };
}
