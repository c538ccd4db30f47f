import type {
  AssistantMessage,
  AssistantPart,
  CanonicalMessage,
  ToolCallPart,
  ToolResultPart,
  UserPart,
} from "../canonical-content.ts";
import { guessMediaType } from "../data-url.ts";
import { presentFields } from "../present-fields.ts";
import { parseArguments } from "../tool-call-arguments.ts";
import type { GeminiModel } from "./gemini-model.ts";

type Part = Record<string, unknown>;
interface WrittenContent {
  role: "user" | "model";
  parts: Part[];
}

/**
 * What Google documents for conversations whose signatures were not kept, as those of other providers are not
 * (ai.google.dev/gemini-api/docs/thought-signatures): the check is skipped.
 */
const unsignedCall = "skip_thought_signature_validator";

function writeUserPart(part: UserPart): Part {
  if (part.type === "text") return { text: part.text };
  const { source } = part;
  if (source.kind === "base64") return { inlineData: { mimeType: source.mediaType, data: source.data } };
  const mimeType = source.mediaType ?? guessMediaType(source.url);
  return { fileData: { fileUri: source.url, ...presentFields({ mimeType }) } };
}

function writeCall(part: ToolCallPart, needsSignature: boolean): Part {
  const signature = part.signature?.from === "gemini" ? part.signature.value : undefined;
  return {
    functionCall: { id: part.id, name: part.name, args: parseArguments(part.argumentsJson) },
    ...presentFields({ thoughtSignature: signature ?? (needsSignature ? unsignedCall : undefined) }),
  };
}

/** Thoughts are not sent back: Gemini takes its signatures, which stand on the calls. */
function writeAssistantPart(part: AssistantPart, needsSignature: boolean): Part[] {
  switch (part.type) {
    case "text":
    case "refusal":
      return part.text === "" ? [] : [{ text: part.text }];
    case "tool-call":
      return [writeCall(part, needsSignature)];
    case "thinking":
    case "redacted-thinking":
      return [];
  }
}

function writeAssistant(message: AssistantMessage, model: GeminiModel): Part[] {
  // Of parallel calls only the first has a signature.
  const firstCall = message.content.find((part) => part.type === "tool-call");
  return message.content.flatMap((part) =>
    writeAssistantPart(part, model.needsSignatures && part === firstCall),
  );
}

/** Text that is JSON is given as what it says, so that the model need not read JSON within JSON. */
function outputOf(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The result under `output` or `error`, as Google documents; images and files of it follow as parts of their own. */
function writeResult(result: ToolResultPart): Part[] {
  const text = result.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  const response = result.isError ? { error: text } : { output: outputOf(text) };
  const media = result.content.filter((part) => part.type !== "text").map(writeUserPart);
  return [{ functionResponse: { id: result.callId, name: result.name, response } }, ...media];
}

/** The system prompt: all system messages, wherever they stand, since it is before the conversation. */
export function writeSystemInstruction(messages: CanonicalMessage[]): { parts: Part[] } | undefined {
  const parts = messages.flatMap((message) =>
    message.role === "system" ? message.content.map(({ text }) => ({ text })) : [],
  );
  return parts.length === 0 ? undefined : { parts };
}

/** The conversation. Neighbours of the same role become one content. */
export function writeGeminiContents(messages: CanonicalMessage[], model: GeminiModel): WrittenContent[] {
  const contents: WrittenContent[] = [];
  const add = (role: WrittenContent["role"], parts: Part[]): void => {
    const last = contents.at(-1);
    if (parts.length === 0) return;
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  };
  for (const message of messages) {
    if (message.role === "user") add("user", message.content.map(writeUserPart));
    else if (message.role === "tool") add("user", message.content.flatMap(writeResult));
    else if (message.role === "assistant") add("model", writeAssistant(message, model));
  }
  return contents;
}
