import type {
  AssistantPart,
  CanonicalMessage,
  FilePart,
  ImagePart,
  TextPart,
  ToolResultPart,
  UserPart,
} from "../canonical-content.ts";
import { parseArguments } from "../tool-call-arguments.ts";
import { unsupportedAt } from "../unsupported.ts";

type Block = Record<string, unknown>;
interface WrittenMessage {
  role: "user" | "assistant";
  content: Block[];
}

/** Anthropic takes only these characters in an id; calls and results are rewritten alike. */
function writeCallId(id: string): string {
  return id.replaceAll(/[^a-zA-Z0-9_-]/g, "_");
}

/** Empty text is refused by the API, and says nothing. */
function writeText(part: TextPart): Block[] {
  return part.text === "" ? [] : [{ type: "text", text: part.text }];
}

const imageTypes = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

function writeImage(part: ImagePart): Block {
  const { source } = part;
  if (source.kind === "url") return { type: "image", source: { type: "url", url: source.url } };
  const mediaType = source.mediaType === "image/jpg" ? "image/jpeg" : source.mediaType;
  if (!imageTypes.has(mediaType)) {
    throw unsupportedAt(part.path, "This model takes images as JPEG, PNG, GIF or WebP only.");
  }
  return { type: "image", source: { type: "base64", media_type: mediaType, data: source.data } };
}

function writeFile(part: FilePart): Block {
  const { source } = part;
  const title = part.name === undefined ? {} : { title: part.name };
  if (source.kind === "url") return { type: "document", source: { type: "url", url: source.url }, ...title };
  if (source.mediaType === "application/pdf") {
    return {
      type: "document",
      source: { type: "base64", media_type: source.mediaType, data: source.data },
      ...title,
    };
  }
  if (source.mediaType.startsWith("text/")) {
    const data = Buffer.from(source.data, "base64").toString();
    return { type: "document", source: { type: "text", media_type: "text/plain", data }, ...title };
  }
  throw unsupportedAt(part.path, "This model takes files as PDF or plain text only.");
}

function writeUserPart(part: UserPart): Block[] {
  switch (part.type) {
    case "text":
      return writeText(part);
    case "image":
      return [writeImage(part)];
    case "file":
      return [writeFile(part)];
    case "audio":
      throw unsupportedAt(part.path, "This model does not take audio.");
  }
}

function writeToolResult(result: ToolResultPart): Block {
  return {
    type: "tool_result",
    tool_use_id: writeCallId(result.callId),
    content: result.content.flatMap(writeUserPart),
    ...(result.isError ? { is_error: true } : {}),
  };
}

/** Thinking goes back only to the provider that signed it; other thinking is left out, as the API demands. */
function writeAssistantPart(part: AssistantPart, keepsThinking: boolean): Block[] {
  switch (part.type) {
    case "text":
      return writeText(part);
    case "refusal":
      return writeText({ type: "text", text: part.text });
    case "thinking":
      return keepsThinking && part.signature?.from === "anthropic"
        ? [{ type: "thinking", thinking: part.text, signature: part.signature.value }]
        : [];
    case "redacted-thinking":
      return keepsThinking && part.from === "anthropic"
        ? [{ type: "redacted_thinking", data: part.data }]
        : [];
    case "tool-call":
      return [
        {
          type: "tool_use",
          id: writeCallId(part.id),
          name: part.name,
          input: parseArguments(part.argumentsJson),
        },
      ];
  }
}

/** The system prompt: all system messages, wherever they stand, since `system` is before the conversation. */
export function writeAnthropicSystem(messages: CanonicalMessage[]): Block[] {
  return messages.flatMap((message) => (message.role === "system" ? message.content.flatMap(writeText) : []));
}

/**
 * The conversation. Neighbours of the same role become one message: the results of tools must stand
 * first in the message after the calls.
 */
export function writeAnthropicMessages(
  messages: CanonicalMessage[],
  keepsThinking: boolean,
): WrittenMessage[] {
  const written: WrittenMessage[] = [];
  const add = (role: WrittenMessage["role"], content: Block[]): void => {
    const last = written.at(-1);
    if (content.length === 0) return;
    if (last?.role === role) last.content.push(...content);
    else written.push({ role, content });
  };
  for (const message of messages) {
    if (message.role === "user") add("user", message.content.flatMap(writeUserPart));
    else if (message.role === "tool") add("user", message.content.map(writeToolResult));
    else if (message.role === "assistant") {
      add(
        "assistant",
        message.content.flatMap((part) => writeAssistantPart(part, keepsThinking)),
      );
    }
  }
  return written;
}
