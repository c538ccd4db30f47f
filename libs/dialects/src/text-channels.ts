import type { JsonNode } from "./json-node.ts";

/**
 * How a value holds text. `text`: a string as it is. `json`: a string with JSON in it (the arguments of a
 * tool call), whose own escapes hide nothing either. `number`: a long number among a tool's data.
 */
export type TextForm = "text" | "json" | "number";

/** What the events of a dialect say about the pieces of longer texts. */
export interface StreamTexts {
  channels: Map<JsonNode, { channel: string; form: TextForm }>;
  closes: string[];
}
