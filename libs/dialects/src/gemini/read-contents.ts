import { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import type {
  AssistantPart,
  CanonicalMessage,
  MediaSource,
  TextPart,
  ToolCallPart,
  ToolResultContent,
  ToolResultPart,
  UserPart,
} from "../canonical-content.ts";
import { checkClientShape } from "../check-shape.ts";
import { standardBase64 } from "../data-url.ts";
import { presentFields } from "../present-fields.ts";
import { readSignature } from "../thought-signature.ts";
import { unsupportedAt } from "../unsupported.ts";
import { looseProtoObject, protoObject } from "./proto-json.ts";

const inlineData = protoObject({ mimeType: z.string(), data: z.string(), displayName: z.string().nullish() });
const fileData = protoObject({ fileUri: z.string(), mimeType: z.string().nullish() });
const functionCall = protoObject({
  id: z.string().nullish(),
  name: z.string(),
  args: z.record(z.string(), z.unknown()).nullish(),
});
const functionResponse = protoObject({
  id: z.string().nullish(),
  name: z.string(),
  response: z.record(z.string(), z.unknown()).nullish(),
  parts: z.array(protoObject({ inlineData: inlineData.nullish(), fileData: fileData.nullish() })).nullish(),
});
const partSchema = looseProtoObject({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  inlineData: inlineData.nullish(),
  fileData: fileData.nullish(),
  functionCall: functionCall.nullish(),
  functionResponse: functionResponse.nullish(),
});
export const geminiContentSchema = protoObject({
  role: z.string().nullish(),
  parts: z.array(partSchema).nullish(),
});
export type GeminiContent = z.infer<typeof geminiContentSchema>;
type Part = z.infer<typeof partSchema>;

/** Parts that only Gemini has. */
const foreignParts = ["executableCode", "codeExecutionResult", "videoMetadata", "toolCall", "toolResponse"];

function refuseForeign(part: Part, path: string): void {
  for (const field of foreignParts) {
    if (part[field] != null)
      throw unsupportedAt(`${path}.${field}`, `${field} cannot be translated for this model.`);
  }
}

function readMedia(source: MediaSource, path: string, name: string | null | undefined): UserPart {
  const mediaType = source.mediaType?.toLowerCase();
  if (mediaType === undefined || mediaType.startsWith("image/")) return { type: "image", source, path };
  if (mediaType.startsWith("audio/")) return { type: "audio", source, path };
  if (mediaType.startsWith("video/")) throw unsupportedAt(path, "Video cannot be translated for this model.");
  if (mediaType.startsWith("text/") && source.kind === "base64") {
    return { type: "text", text: Buffer.from(source.data, "base64").toString() };
  }
  return { type: "file", source, path, ...presentFields({ name }) };
}

function readMediaPart(part: Pick<Part, "inlineData" | "fileData">, path: string): UserPart | undefined {
  if (part.inlineData != null) {
    const { mimeType, data, displayName } = part.inlineData;
    const source = { kind: "base64" as const, mediaType: mimeType, data: standardBase64(data) };
    return readMedia(source, `${path}.inlineData`, displayName);
  }
  if (part.fileData == null) return undefined;
  const { fileUri, mimeType } = part.fileData;
  const at = `${path}.fileData.fileUri`;
  if (!/^https?:\/\//.test(fileUri) || fileUri.includes("generativelanguage.googleapis.com/")) {
    throw unsupportedAt(
      at,
      "A file that was uploaded to one provider cannot be sent to another; send it as inlineData.",
    );
  }
  return readMedia({ kind: "url", url: fileUri, ...presentFields({ mediaType: mimeType }) }, at, undefined);
}

/** Reads contents in order, giving ids to the calls that have none and finding the calls that results answer. */
export class GeminiContentsReader {
  readonly messages: CanonicalMessage[] = [];
  readonly #openCalls: ToolCallPart[] = [];
  readonly #namesById = new Map<string, string>();
  #callCount = 0;

  read(content: GeminiContent, path: string): void {
    const parts = content.parts ?? [];
    if (content.role === "model") this.#readModel(parts, path);
    else if (content.role == null || content.role === "user" || content.role === "function")
      this.#readUser(parts, path);
    else {
      throw new SluiceError("invalid_request", "The role must be user or model.", {
        parameter: `${path}.role`,
      });
    }
  }

  #readUser(parts: Part[], path: string): void {
    const results: ToolResultPart[] = [];
    const others: UserPart[] = [];
    for (const [index, part] of parts.entries()) {
      const partPath = `${path}.parts[${index}]`;
      refuseForeign(part, partPath);
      if (part.functionResponse != null) {
        results.push(this.#readResult(part.functionResponse, `${partPath}.functionResponse`));
      } else {
        const media = readMediaPart(part, partPath);
        if (media !== undefined) others.push(media);
        else if (part.text != null) others.push({ type: "text", text: part.text });
      }
    }
    if (results.length > 0) this.messages.push({ role: "tool", content: results });
    if (others.length > 0 || results.length === 0) this.messages.push({ role: "user", content: others });
  }

  #readResult(result: z.infer<typeof functionResponse>, path: string): ToolResultPart {
    const position = this.#openCalls.findIndex((call) =>
      result.id == null ? call.name === result.name : call.id === result.id,
    );
    const [call] = position < 0 ? [] : this.#openCalls.splice(position, 1);
    const callId = call?.id ?? result.id;
    if (callId == null || (call === undefined && !this.#namesById.has(callId))) {
      throw new SluiceError(
        "invalid_request",
        "No earlier content holds the function call that this answers.",
        {
          parameter: path,
        },
      );
    }
    const content: ToolResultContent[] = readResponse(result.response ?? {});
    for (const [index, part] of (result.parts ?? []).entries()) {
      const partPath = `${path}.parts[${index}]`;
      const media = readMediaPart(part, partPath);
      if (media?.type === "audio")
        throw unsupportedAt(partPath, "Audio in the result of a function cannot be translated.");
      if (media !== undefined) content.push(media);
    }
    return {
      type: "tool-result",
      callId,
      name: result.name,
      content,
      isError: "error" in (result.response ?? {}),
    };
  }

  /** A streamed answer may come back in pieces, as several contents: they are one message. */
  #readModel(parts: Part[], path: string): void {
    let message = this.messages.at(-1);
    if (message?.role !== "assistant") {
      message = { role: "assistant", content: [] };
      this.messages.push(message);
    }
    for (const [index, part] of parts.entries()) {
      const partPath = `${path}.parts[${index}]`;
      refuseForeign(part, partPath);
      if (part.inlineData != null || part.fileData != null) {
        throw unsupportedAt(
          partPath,
          "Media in the model's own messages cannot be translated for this model.",
        );
      }
      this.#addModelPart(message.content, part);
    }
  }

  #addModelPart(content: AssistantPart[], part: Part): void {
    const carried =
      part.thoughtSignature == null ? undefined : readSignature(part.thoughtSignature, "gemini");
    const signature = carried === undefined ? undefined : { from: carried.from, value: carried.value };
    const last = content.at(-1);
    if (part.functionCall != null) {
      content.push(this.#readCall(part.functionCall, signature));
    } else if (carried?.kind === "redacted") {
      content.push({ type: "redacted-thinking", data: carried.value, from: carried.from });
    } else if (part.thought === true) {
      if (last?.type === "thinking" && last.signature === undefined) {
        last.text += part.text ?? "";
        if (signature !== undefined) last.signature = signature;
      } else {
        content.push({ type: "thinking", text: part.text ?? "", ...presentFields({ signature }) });
      }
    } else if (part.text != null && part.text !== "") {
      if (last?.type === "text") last.text += part.text;
      else content.push({ type: "text", text: part.text });
    }
  }

  #readCall(call: z.infer<typeof functionCall>, signature: ToolCallPart["signature"]): ToolCallPart {
    const part: ToolCallPart = {
      type: "tool-call",
      id: call.id ?? `call_${this.#callCount}`,
      name: call.name,
      argumentsJson: JSON.stringify(call.args ?? {}),
      ...presentFields({ signature }),
    };
    this.#callCount += 1;
    this.#openCalls.push(part);
    this.#namesById.set(part.id, part.name);
    return part;
  }
}

/** Google's convention: the result stands in `output` or `error`, else the whole object is the result. */
function readResponse(response: Record<string, unknown>): TextPart[] {
  const keys = Object.keys(response);
  const [only] = keys;
  const value =
    keys.length === 1 && only !== undefined && ["output", "result", "error"].includes(only)
      ? response[only]
      : response;
  return [{ type: "text", text: typeof value === "string" ? value : JSON.stringify(value) }];
}

/** Reads the conversation. */
export function readGeminiContents(contents: GeminiContent[]): CanonicalMessage[] {
  const reader = new GeminiContentsReader();
  for (const [index, content] of contents.entries()) reader.read(content, `contents[${index}]`);
  return reader.messages;
}

/** The system prompt, in which only text may stand. */
export function readSystemInstruction(instruction: unknown): TextPart[] {
  const checked = checkClientShape(
    z.union([z.string(), geminiContentSchema]),
    instruction,
    "systemInstruction",
  );
  if (typeof checked === "string") return [{ type: "text", text: checked }];
  return (checked.parts ?? []).map((part, index) => {
    if (part.text == null) {
      throw new SluiceError("invalid_request", "Only text may stand in the system instruction.", {
        parameter: `systemInstruction.parts[${index}]`,
      });
    }
    return { type: "text", text: part.text };
  });
}
