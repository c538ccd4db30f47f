import type { DialectName } from "@sluice/contracts/dialect-name";
import { isObject } from "./is-object.ts";

/** What a request says, as far as one can tell without refusing anything of it. */
export interface PromptContent {
  /** Texts of the system prompt. */
  system: string[];
  /** The conversation in its order, without the system prompt; of embeddings, all that is to be embedded as one of a user. */
  messages: PromptMessage[];
  images: number;
  audio: number;
  /** Documents. */
  files: number;
  /** Tools that the model may call. */
  tools: number;
  /** Whether the reply is to be JSON. */
  json: boolean;
  /** Whether the model is to think before it answers. */
  reasoning: boolean;
}

export interface PromptMessage {
  /** As the dialect names it: `user`, `assistant`, `tool`, `model`, `function`. */
  role: string;
  /** Its texts, those of tool results among them. */
  text: string;
}

type Values = Record<string, unknown>;
type Media = "images" | "audio" | "files";

/** What a part of a message is, by its type in the dialects of OpenAI and Anthropic. */
const mediaOfType: Readonly<Record<string, Media>> = {
  image_url: "images",
  image: "images",
  input_audio: "audio",
  file: "files",
  document: "files",
};

/** How deep parts of messages are looked into: a result of a tool has parts, and no part of these has any. */
const maxPartDepth = 3;

/**
 * Reads what a body in a client's dialect says, leniently: what is of another shape than the dialect's is passed over,
 * since whoever is asked may know it.
 * @param json the parsed body
 */
export function readPromptContent(dialect: DialectName, json: unknown): PromptContent {
  const content: PromptContent = {
    system: [],
    messages: [],
    images: 0,
    audio: 0,
    files: 0,
    tools: 0,
    json: false,
    reasoning: false,
  };
  const body = recordOf(json);
  if (dialect === "gemini") readGemini(body, content);
  else readMessages(body, content);
  return content;
}

/** OpenAI's chats and embeddings, and Anthropic's messages. */
function readMessages(body: Values, content: PromptContent): void {
  const { system, messages, input, tools, functions, response_format: format, thinking } = body;
  content.system.push(...textsOf(system, content));
  for (const message of listOf(messages)) {
    const { role, content: parts } = recordOf(message);
    addMessage(content, role, textsOf(parts, content));
  }
  const embedded =
    typeof input === "string" ? [input] : listOf(input).filter((one) => typeof one === "string");
  if (embedded.length > 0) addMessage(content, "user", embedded);
  content.tools = listOf(tools).length + listOf(functions).length;
  content.json =
    ["json_object", "json_schema"].includes(String(recordOf(format).type)) ||
    recordOf(recordOf(body.output_config).format).type === "json_schema";
  content.reasoning =
    (typeof body.reasoning_effort === "string" && !["none", "minimal"].includes(body.reasoning_effort)) ||
    ["enabled", "adaptive"].includes(String(recordOf(thinking).type));
}

function readGemini(body: Values, content: PromptContent): void {
  const instruction = body.systemInstruction ?? body.system_instruction;
  content.system.push(...textsOf(recordOf(instruction).parts, content));
  const { contents } = body;
  for (const message of Array.isArray(contents) ? contents : [contents]) {
    const { role = "user", parts } = recordOf(message);
    addMessage(content, role, textsOf(parts, content));
  }
  for (const tool of listOf(body.tools)) {
    const { functionDeclarations, function_declarations: declarations = functionDeclarations } =
      recordOf(tool);
    content.tools += Array.isArray(declarations) ? declarations.length : 1;
  }
  const settings = recordOf(body.generationConfig ?? body.generation_config);
  content.json = (settings.responseMimeType ?? settings.response_mime_type) === "application/json";
  const thinking = recordOf(settings.thinkingConfig ?? settings.thinking_config);
  const budget = thinking.thinkingBudget ?? thinking.thinking_budget;
  const level = thinking.thinkingLevel ?? thinking.thinking_level;
  content.reasoning = (typeof budget === "number" && budget !== 0) || typeof level === "string";
}

function addMessage(content: PromptContent, role: unknown, texts: readonly string[]): void {
  if (role === "system" || role === "developer") content.system.push(...texts);
  else if (typeof role === "string") content.messages.push({ role, text: texts.join("\n") });
}

/** Texts of what a message holds; what else it holds is counted. */
function textsOf(value: unknown, content: PromptContent, depth = 0): string[] {
  if (typeof value === "string") return [value];
  if (depth >= maxPartDepth) return [];
  return listOf(value).flatMap((part) => textsOfPart(part, content, depth));
}

function textsOfPart(part: unknown, content: PromptContent, depth: number): string[] {
  if (typeof part === "string") return [part];
  const { type, text, content: inner, ...own } = recordOf(part);
  const media = typeof type === "string" ? mediaOfType[type] : mediaOfGemini(own);
  if (media !== undefined) content[media] += 1;
  if (typeof text === "string") return [text];
  return type === "tool_result" ? textsOf(inner, content, depth + 1) : [];
}

function mediaOfGemini(part: Values): Media | undefined {
  const data = part.inlineData ?? part.inline_data ?? part.fileData ?? part.file_data;
  if (data === undefined) return undefined;
  const { mimeType, mime_type: type = mimeType } = recordOf(data);
  if (typeof type !== "string") return "files";
  if (type.startsWith("image/")) return "images";
  return type.startsWith("audio/") ? "audio" : "files";
}

function recordOf(value: unknown): Values {
  return isObject(value) ? value : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
