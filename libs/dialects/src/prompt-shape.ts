import type { DialectName } from "@sluice/contracts/dialect-name";
import { isObject } from "./is-object.ts";

/** How much there is in a prompt besides its text. */
export interface PromptShape {
  /** Messages of the conversation; system prompts of OpenAI are among them. */
  messages: number;
  /** Tools that the model may call. */
  tools: number;
  /** Images in messages. */
  images: number;
}

/**
 * Counts what is in a body in a client's dialect, leniently: what has another shape than the dialect's counts for nothing.
 * @param json the parsed body
 */
export function promptShape(dialect: DialectName, json: unknown): PromptShape {
  const body = isObject(json) ? json : {};
  const isGemini = dialect === "gemini";
  const messages = listOf(isGemini ? body.contents : body.messages);
  const parts = messages.flatMap((message) =>
    isObject(message) ? listOf(isGemini ? message.parts : message.content) : [],
  );
  const tools = listOf(body.tools);
  return {
    messages: messages.length,
    tools: isGemini ? tools.reduce<number>((sum, tool) => sum + declarationsIn(tool), 0) : tools.length,
    images: parts.filter(isImage).length,
  };
}

/** One of Gemini's tools has a list of functions, or is something of the provider's own, such as a search. */
function declarationsIn(tool: unknown): number {
  if (!isObject(tool)) return 0;
  const functions = listOf(tool.functionDeclarations ?? tool.function_declarations);
  return Math.max(1, functions.length);
}

function isImage(part: unknown): boolean {
  if (!isObject(part)) return false;
  if (part.type === "image_url" || part.type === "image") return true;
  const data = part.inlineData ?? part.inline_data ?? part.fileData ?? part.file_data;
  if (!isObject(data)) return false;
  return /^image\//i.test(String(data.mimeType ?? data.mime_type ?? ""));
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
