import { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import type {
  AssistantPart,
  CanonicalMessage,
  TextPart,
  ToolMessage,
  ToolResultPart,
  UserPart,
} from "../canonical-content.ts";
import { checkClientShape } from "../check-shape.ts";
import { readMediaUrl } from "../data-url.ts";
import { presentFields } from "../present-fields.ts";
import { unsupportedAt } from "../unsupported.ts";
import { openaiToolCallSchema, readOpenaiToolCall } from "./tool-call.ts";

const partSchema = z.looseObject({ type: z.string() });
const contentSchema = z.union([z.string(), z.array(partSchema)]);

export const openaiMessageSchema = z.looseObject({ role: z.string() });
type OpenaiMessage = z.infer<typeof openaiMessageSchema>;

const textPartSchema = z.object({ text: z.string() });
const refusalPartSchema = z.object({ refusal: z.string() });
const imagePartSchema = z.object({
  image_url: z.object({ url: z.string(), detail: z.string().nullish() }),
});
const audioPartSchema = z.object({
  input_audio: z.object({ data: z.string(), format: z.enum(["wav", "mp3"]) }),
});
const filePartSchema = z.object({
  file: z.object({
    file_data: z.string().nullish(),
    file_id: z.string().nullish(),
    filename: z.string().nullish(),
  }),
});
const assistantSchema = z.object({
  content: contentSchema.nullish(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  tool_calls: z.array(z.looseObject({ type: z.string().nullish() })).nullish(),
  audio: z.unknown().optional(),
  function_call: z.unknown().optional(),
});
const toolSchema = z.object({ content: contentSchema, tool_call_id: z.string() });

/** Text from `content`, where only text may stand. */
function readText(content: unknown, path: string): TextPart[] {
  const checked = checkClientShape(contentSchema, content, path);
  if (typeof checked === "string") return [{ type: "text", text: checked }];
  return checked.map((part, index) => {
    const partPath = `${path}[${index}]`;
    if (part.type !== "text") {
      throw new SluiceError("invalid_request", `Only text may stand at ${partPath}.`, {
        parameter: `${partPath}.type`,
      });
    }
    return { type: "text", text: checkClientShape(textPartSchema, part, partPath).text };
  });
}

function readUserPart(part: z.infer<typeof partSchema>, path: string): UserPart {
  switch (part.type) {
    case "text":
      return { type: "text", text: checkClientShape(textPartSchema, part, path).text };
    case "image_url": {
      const { image_url: image } = checkClientShape(imagePartSchema, part, path);
      const source = readMediaUrl(image.url);
      if (source === undefined) {
        throw new SluiceError(
          "invalid_request",
          "An image must be a data URL with base64 or an http(s) URL.",
          {
            parameter: `${path}.image_url.url`,
          },
        );
      }
      return { type: "image", source, path, ...presentFields({ detail: image.detail }) };
    }
    case "input_audio": {
      const { input_audio: audio } = checkClientShape(audioPartSchema, part, path);
      return {
        type: "audio",
        source: { kind: "base64", mediaType: `audio/${audio.format}`, data: audio.data },
        path,
      };
    }
    case "file":
      return readFilePart(part, path);
    default:
      throw unsupportedAt(
        `${path}.type`,
        `Content of the type "${part.type}" cannot be translated for this model.`,
      );
  }
}

function readFilePart(part: unknown, path: string): UserPart {
  const { file } = checkClientShape(filePartSchema, part, path);
  if (file.file_data == null) {
    throw unsupportedAt(
      `${path}.file.file_id`,
      "A file that was uploaded to one provider cannot be sent to another; send it as file_data.",
    );
  }
  const source = readMediaUrl(file.file_data);
  if (source === undefined || source.kind !== "base64") {
    throw new SluiceError("invalid_request", "file_data must be a data URL with base64.", {
      parameter: `${path}.file.file_data`,
    });
  }
  return { type: "file", source, path, ...presentFields({ name: file.filename }) };
}

function readUser(message: OpenaiMessage, path: string): UserPart[] {
  const content = checkClientShape(contentSchema, message.content, `${path}.content`);
  if (typeof content === "string") return [{ type: "text", text: content }];
  return content.map((part, index) => readUserPart(part, `${path}.content[${index}]`));
}

function readAssistant(message: OpenaiMessage, path: string): AssistantPart[] {
  const checked = checkClientShape(assistantSchema, message, path);
  if (checked.audio != null) throw unsupportedAt(`${path}.audio`, "Audio replies cannot be translated.");
  if (checked.function_call != null) {
    throw unsupportedAt(`${path}.function_call`, "function_call is deprecated; use tool_calls.");
  }
  const parts: AssistantPart[] = [];
  if (checked.reasoning_content != null && checked.reasoning_content !== "") {
    parts.push({ type: "thinking", text: checked.reasoning_content });
  }
  if (typeof checked.content === "string") {
    if (checked.content !== "") parts.push({ type: "text", text: checked.content });
  } else {
    for (const [index, part] of (checked.content ?? []).entries()) {
      parts.push(readAssistantPart(part, `${path}.content[${index}]`));
    }
  }
  if (checked.refusal != null) parts.push({ type: "refusal", text: checked.refusal });
  for (const [index, call] of (checked.tool_calls ?? []).entries()) {
    const callPath = `${path}.tool_calls[${index}]`;
    if (call.type === "custom") throw unsupportedAt(`${callPath}.type`, "Custom tools cannot be translated.");
    parts.push(readOpenaiToolCall(checkClientShape(openaiToolCallSchema, call, callPath)));
  }
  return parts;
}

function readAssistantPart(part: z.infer<typeof partSchema>, path: string): AssistantPart {
  if (part.type === "refusal") {
    return { type: "refusal", text: checkClientShape(refusalPartSchema, part, path).refusal };
  }
  if (part.type === "text") return { type: "text", text: checkClientShape(textPartSchema, part, path).text };
  throw unsupportedAt(
    `${path}.type`,
    `Content of the type "${part.type}" cannot be translated for this model.`,
  );
}

function readToolResult(
  message: OpenaiMessage,
  path: string,
  namesById: Map<string, string>,
): ToolResultPart {
  const checked = checkClientShape(toolSchema, message, path);
  const name = namesById.get(checked.tool_call_id);
  if (name === undefined) {
    throw new SluiceError("invalid_request", "No earlier message holds a tool call with this id.", {
      parameter: `${path}.tool_call_id`,
    });
  }
  return {
    type: "tool-result",
    callId: checked.tool_call_id,
    name,
    content: readText(checked.content, `${path}.content`),
    isError: false,
  };
}

/** Reads the conversation. Results of the calls of one message become one tool message. */
export function readOpenaiMessages(messages: OpenaiMessage[]): CanonicalMessage[] {
  const read: CanonicalMessage[] = [];
  const namesById = new Map<string, string>();
  for (const [index, message] of messages.entries()) {
    const path = `messages[${index}]`;
    switch (message.role) {
      case "system":
      case "developer":
        read.push({ role: "system", content: readText(message.content, `${path}.content`) });
        break;
      case "user":
        read.push({ role: "user", content: readUser(message, path) });
        break;
      case "assistant": {
        const content = readAssistant(message, path);
        for (const part of content) if (part.type === "tool-call") namesById.set(part.id, part.name);
        read.push({ role: "assistant", content });
        break;
      }
      case "tool": {
        const result = readToolResult(message, path, namesById);
        const last: ToolMessage | CanonicalMessage | undefined = read.at(-1);
        if (last?.role === "tool") last.content.push(result);
        else read.push({ role: "tool", content: [result] });
        break;
      }
      case "function":
        throw unsupportedAt(`${path}.role`, 'The role "function" is deprecated; use "tool".');
      default:
        throw new SluiceError(
          "invalid_request",
          "The role must be system, developer, user, assistant or tool.",
          {
            parameter: `${path}.role`,
          },
        );
    }
  }
  return read;
}
