import type { DialectName } from "@sluice/contracts/dialect-name";
import { type JsonNode, jsonChildren, memberOf, stringValue } from "./json-node.ts";
import type { StreamTexts, TextForm } from "./text-channels.ts";
import { anthropicStreamTexts } from "./text-fields-anthropic.ts";
import { geminiStreamTexts } from "./text-fields-gemini.ts";
import { instructionsOf, promptVariablesOf } from "./text-fields-instructions.ts";
import { openaiStreamTexts } from "./text-fields-openai.ts";

/** A value in a body that holds text which a model or a user reads. */
export interface TextField {
  /** Where the value stands in the JSON text; for a string its quotes are part of it. */
  node: JsonNode;
  /** What the value says: a string without its quotes and escapes, a number as it is written. */
  text: string;
  form: TextForm;
  /** The text that this value is a piece of. Undefined for a text by itself. */
  channel?: string;
  /** Whether it is the system prompt of a request, or part of it: instructions from whoever has the right to give them. */
  isInstruction?: boolean;
}

/** The texts of a reply, or of one event of a streamed one. */
export interface ReplyTexts {
  fields: TextField[];
  /** Beginnings of the names of channels that get no further piece. */
  closes: string[];
  /** Values that tell the text once more in another form (token probabilities): dropped where the text is changed. */
  retellings: JsonNode[];
}

/** Members whose value is a name, a fixed word, an opaque token or encoded data, whatever the object. */
const opaqueMembers = new Set(
  (
    "id object type role model index finish_reason stop_reason finishReason native_finish_reason " +
    "signature thoughtSignature thought_signature encrypted_content encrypted_index system_fingerprint service_tier " +
    "tool_call_id tool_use_id call_id item_id file_id fileId responseId modelVersion mimeType mime_type media_type " +
    "embedding encoding_format ttl"
  ).split(" "),
);
/** Members below which everything is a tool's data, names of members included. `input` is also what is to be embedded. */
const dataMembers = new Set(["input", "args", "arguments", "response", "structured_content"]);
const retellingMembers = new Set(["logprobs", "logprobsResult"]);
const encodedData = /^data:[\w.+-]+\/[\w.+-]+(?:;[\w=.+-]+)*;base64,/;
const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
/** Members that say of the `data` beside them in what encoding or format it is. */
const encodingMembers = ["media_type", "mimeType", "mime_type", "format"];
/** Fewer digits are no value that anybody looks for; most numbers of a tool's data are that short. */
const shortestNumber = 9;

/** The texts of a request: messages, system prompts, tool definitions, calls and results, what is to be embedded. */
export function requestTexts(source: string, root: JsonNode): TextField[] {
  const { fields } = collect(source, root, new Map(), promptVariablesOf(root));
  markWithin(instructionsOf(root), fields);
  return fields;
}

/** Marks the fields that stand within one of the values; both are in the order of the text. */
function markWithin(instructions: readonly JsonNode[], fields: readonly TextField[]): void {
  let index = 0;
  for (const field of fields) {
    const { offset } = field.node;
    while (index < instructions.length && endOf(instructions[index]) <= offset) index++;
    if (offset >= (instructions[index]?.offset ?? Number.POSITIVE_INFINITY)) field.isInstruction = true;
  }
}

function endOf(node: JsonNode | undefined): number {
  return node === undefined ? 0 : node.offset + node.length;
}

/**
 * Every text of a JSON body that is in none of the dialects, at any depth, as of a tool's data: strings, names of
 * members and long numbers. Since nothing is known of the members, no value is left out but data URLs in base64.
 */
export function anyTexts(source: string, root: JsonNode): TextField[] {
  const fields: TextField[] = [];
  const visit = (node: JsonNode): void => {
    if (node.type === "string") {
      const text = stringValue(node) ?? "";
      if (isEncodedData(text)) return;
      fields.push({ node, text, form: looksLikeJson(text) ? "json" : "text" });
      return;
    }
    if (node.type === "number") {
      if (node.length < shortestNumber) return;
      fields.push({ node, text: source.slice(node.offset, node.offset + node.length), form: "number" });
      return;
    }
    for (const child of jsonChildren(node)) visit(child);
  };
  visit(root);
  return fields;
}

/** The texts of a whole reply or of one event of a streamed reply. */
export function replyTexts(dialect: DialectName, source: string, root: JsonNode): ReplyTexts {
  const { channels, closes } = streamTextsOf(dialect, root);
  return { ...collect(source, root, channels), closes };
}

function streamTextsOf(dialect: DialectName, root: JsonNode): StreamTexts {
  switch (dialect) {
    case "openai":
      return openaiStreamTexts(root);
    case "anthropic":
      return anthropicStreamTexts(root);
    case "gemini":
      return geminiStreamTexts(root);
  }
}

const noNodes: ReadonlySet<JsonNode> = new Set();

/**
 * Every string counts as text unless it is known not to be: a field that a provider adds tomorrow is
 * inspected too.
 * @param data values below which everything is inspected, names of members included
 */
function collect(
  source: string,
  root: JsonNode,
  channels: StreamTexts["channels"],
  data: ReadonlySet<JsonNode> = noNodes,
): Omit<ReplyTexts, "closes"> {
  const found: Omit<ReplyTexts, "closes"> = { fields: [], retellings: [] };
  const visit = (node: JsonNode, isData: boolean, isArguments: boolean): void => {
    if (node.type === "string") {
      const text = stringValue(node) ?? "";
      const piece = channels.get(node);
      if (piece !== undefined) found.fields.push({ node, text, ...piece });
      else if (isData || !encodedData.test(text.slice(0, 200))) {
        found.fields.push({ node, text, form: isArguments || looksLikeJson(text) ? "json" : "text" });
      }
    } else if (node.type === "number") {
      if (!isData || node.length < shortestNumber) return;
      found.fields.push({ node, text: source.slice(node.offset, node.offset + node.length), form: "number" });
    } else if (node.type === "array") {
      for (const item of jsonChildren(node)) visit(item, isData, isArguments);
    } else if (node.type === "object") {
      for (const property of jsonChildren(node)) visitMember(node, property, isData);
    }
  };
  const visitMember = (object: JsonNode, property: JsonNode, isData: boolean): void => {
    const [key, value] = jsonChildren(property);
    if (key === undefined || value === undefined) return;
    const name = stringValue(key) ?? "";
    if (isData) {
      found.fields.push({ node: key, text: name, form: "text" });
      visit(value, true, false);
    } else if (retellingMembers.has(name)) {
      if (value.type !== "null") found.retellings.push(value);
    } else if (value.type !== "string" || channels.has(value) || !isOpaque(object, name)) {
      const isArguments = value.type === "string" && name === "arguments";
      visit(value, (dataMembers.has(name) && value.type !== "string") || data.has(value), isArguments);
    }
  };
  visit(root, false, false);
  return found;
}

/** Whether a text is a data URL in base64 to its last character. */
function isEncodedData(text: string): boolean {
  const head = encodedData.exec(text.slice(0, 200));
  return head !== null && base64.test(text.slice(head[0].length));
}

function isOpaque(object: JsonNode, name: string): boolean {
  if (opaqueMembers.has(name)) return true;
  if (name === "file_data") return true;
  // A document that is given as plain text says its media type too.
  if (name !== "data" || stringValue(memberOf(object, "type")) === "text") return false;
  return (
    encodingMembers.some((member) => memberOf(object, member) !== undefined) ||
    // Audio of a reply, and thinking that the provider has encrypted.
    memberOf(object, "transcript") !== undefined ||
    memberOf(object, "expires_at") !== undefined ||
    stringValue(memberOf(object, "type")) === "redacted_thinking"
  );
}

function looksLikeJson(text: string): boolean {
  const first = text.trimStart().charAt(0);
  if (first !== "{" && first !== "[") return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
