import type {
  AssistantMessage,
  CanonicalMessage,
  TextPart,
  ToolMessage,
  ToolResultPart,
  UserPart,
} from "../canonical-content.ts";
import { writeMediaUrl } from "../data-url.ts";
import { unsupportedAt } from "../unsupported.ts";
import { writeOpenaiToolCall } from "./tool-call.ts";

type WrittenPart = { type: "text"; text: string } | Record<string, unknown>;

/** A single text is written as a string, which every OpenAI-compatible server takes. */
function writeTexts(parts: TextPart[]): string | { type: "text"; text: string }[] {
  const [first, ...others] = parts;
  return others.length === 0 ? (first?.text ?? "") : parts.map(({ text }) => ({ type: "text", text }));
}

const audioFormats: Record<string, string> = {
  "audio/wav": "wav",
  "audio/x-wav": "wav",
  "audio/wave": "wav",
  "audio/mp3": "mp3",
  "audio/mpeg": "mp3",
};

function writeUserPart(part: UserPart): WrittenPart {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text };
    case "image": {
      const url = writeMediaUrl(part.source);
      return {
        type: "image_url",
        image_url: part.detail === undefined ? { url } : { url, detail: part.detail },
      };
    }
    case "audio": {
      const format = part.source.kind === "base64" ? audioFormats[part.source.mediaType] : undefined;
      if (format === undefined || part.source.kind !== "base64") {
        throw unsupportedAt(part.path, "This model takes audio as base64 in WAV or MP3 only.");
      }
      return { type: "input_audio", input_audio: { data: part.source.data, format } };
    }
    case "file":
      if (part.source.kind === "url") {
        throw unsupportedAt(part.path, "This model takes files as base64 only, not by URL.");
      }
      return { type: "file", file: { filename: part.name ?? "file", file_data: writeMediaUrl(part.source) } };
  }
}

function writeAssistant(message: AssistantMessage): Record<string, unknown> {
  const texts: TextPart[] = [];
  const refusals: string[] = [];
  const calls: unknown[] = [];
  for (const part of message.content) {
    if (part.type === "text") texts.push(part);
    else if (part.type === "refusal") refusals.push(part.text);
    else if (part.type === "tool-call") calls.push(writeOpenaiToolCall(part, { withSignature: false }));
    // Thinking has no place in OpenAI's conversations.
  }
  return {
    role: "assistant",
    content: texts.length === 0 ? null : writeTexts(texts),
    ...(refusals.length === 0 ? {} : { refusal: refusals.join("") }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function writeToolResult(result: ToolResultPart): Record<string, unknown> {
  const text = result.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  return {
    role: "tool",
    tool_call_id: result.callId,
    // There is no field that says that a call failed.
    content: result.isError ? `Error: ${text}` : text,
  };
}

/**
 * Tool messages hold only text. Images and files of results follow in a user message that says whose they are.
 */
function writeToolMessage(message: ToolMessage): Record<string, unknown>[] {
  const media: WrittenPart[] = message.content.flatMap((result) => {
    const parts = result.content.filter((part) => part.type !== "text");
    if (parts.length === 0) return [];
    return [
      { type: "text", text: `From the result of tool call ${result.callId}:` },
      ...parts.map(writeUserPart),
    ];
  });
  const results = message.content.map(writeToolResult);
  return media.length === 0 ? results : [...results, { role: "user", content: media }];
}

function writeMessage(message: CanonicalMessage): Record<string, unknown>[] {
  switch (message.role) {
    case "system":
      return [{ role: "system", content: writeTexts(message.content) }];
    case "user": {
      const texts = message.content.filter((part) => part.type === "text");
      const onlyText = texts.length === message.content.length;
      return [{ role: "user", content: onlyText ? writeTexts(texts) : message.content.map(writeUserPart) }];
    }
    case "assistant":
      return [writeAssistant(message)];
    case "tool":
      return writeToolMessage(message);
  }
}

export function writeOpenaiMessages(messages: CanonicalMessage[]): Record<string, unknown>[] {
  return messages.flatMap(writeMessage);
}
