import { type JsonNode, jsonChildren, memberOf, numberValue, stringValue } from "./json-node.ts";
import type { StreamTexts } from "./text-channels.ts";

/**
 * Pieces in a chunk of generateContent: the text parts of each candidate, thoughts apart from the answer.
 * A finish reason ends the texts of its candidate.
 */
export function geminiStreamTexts(root: JsonNode): StreamTexts {
  const channels: StreamTexts["channels"] = new Map();
  const closes: string[] = [];
  jsonChildren(memberOf(root, "candidates")).forEach((candidate, place) => {
    const name = `candidate ${numberValue(memberOf(candidate, "index")) ?? place} `;
    for (const part of jsonChildren(memberOf(memberOf(candidate, "content"), "parts"))) {
      const text = memberOf(part, "text");
      if (text?.type !== "string") continue;
      const kind = memberOf(part, "thought")?.value === true ? "thought" : "text";
      channels.set(text, { channel: `${name}${kind}`, form: "text" });
    }
    if (stringValue(memberOf(candidate, "finishReason")) !== undefined) closes.push(name);
  });
  return { channels, closes };
}
