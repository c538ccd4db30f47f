import { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import type {
  AssistantPart,
  FilePart,
  ImagePart,
  MediaSource,
  TextPart,
  ToolResultContent,
  ToolResultPart,
} from "../canonical-content.ts";
import { checkClientShape } from "../check-shape.ts";
import { presentFields } from "../present-fields.ts";
import { readSignature } from "../thought-signature.ts";
import { unsupportedAt } from "../unsupported.ts";

export const anthropicBlockSchema = z.looseObject({ type: z.string() });
export const anthropicContentSchema = z.union([z.string(), z.array(anthropicBlockSchema)]);
export type AnthropicBlock = z.infer<typeof anthropicBlockSchema>;

const textSchema = z.object({ text: z.string() });
const sourceSchema = z.object({ source: z.looseObject({ type: z.string() }) });
const base64Source = z.object({ media_type: z.string(), data: z.string() });
const textSource = z.object({ data: z.string() });
const urlSource = z.object({ url: z.string() });
const contentSource = z.object({ content: anthropicContentSchema });
const documentSchema = sourceSchema.extend({
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: z.object({ enabled: z.boolean().nullish() }).nullish(),
});
const toolUseSchema = z.object({ id: z.string(), name: z.string(), input: z.unknown().optional() });
const thinkingSchema = z.object({ thinking: z.string(), signature: z.string().nullish() });
const redactedSchema = z.object({ data: z.string() });
const toolResultSchema = z.object({
  tool_use_id: z.string(),
  content: anthropicContentSchema.nullish(),
  is_error: z.boolean().nullish(),
});

function unknownBlock(block: AnthropicBlock, path: string): SluiceError {
  return unsupportedAt(
    `${path}.type`,
    `Content of the type "${block.type}" cannot be translated for this model.`,
  );
}

export function readTextBlock(block: AnthropicBlock, path: string): TextPart {
  if (block.type !== "text") {
    throw new SluiceError("invalid_request", `Only text may stand at ${path}.`, {
      parameter: `${path}.type`,
    });
  }
  return { type: "text", text: checkClientShape(textSchema, block, path).text };
}

function readSource(source: { type: string }, path: string): MediaSource {
  if (source.type === "base64") {
    const { media_type: mediaType, data } = checkClientShape(base64Source, source, path);
    return { kind: "base64", mediaType, data };
  }
  if (source.type === "url") return { kind: "url", url: checkClientShape(urlSource, source, path).url };
  throw unsupportedAt(
    `${path}.type`,
    source.type === "file"
      ? "A file that was uploaded to one provider cannot be sent to another; send it as base64."
      : `A source of the type "${source.type}" cannot be translated for this model.`,
  );
}

function readImage(block: AnthropicBlock, path: string): ImagePart {
  const { source } = checkClientShape(sourceSchema, block, path);
  return { type: "image", source: readSource(source, `${path}.source`), path };
}

/** A document's text, title and context first: the other dialects have no field for these. */
function documentText(
  text: string,
  title: string | null | undefined,
  context: string | null | undefined,
): TextPart {
  return {
    type: "text",
    text: [title, context, text].filter((part) => part != null && part !== "").join("\n\n"),
  };
}

function readDocument(block: AnthropicBlock, path: string): (TextPart | ImagePart | FilePart)[] {
  const { source, title, context, citations } = checkClientShape(documentSchema, block, path);
  const sourcePath = `${path}.source`;
  if (citations?.enabled === true) {
    throw unsupportedAt(`${path}.citations`, "Citations cannot be translated for this model.");
  }
  if (source.type === "text") {
    return [documentText(checkClientShape(textSource, source, sourcePath).data, title, context)];
  }
  if (source.type === "content") {
    const { content } = checkClientShape(contentSource, source, sourcePath);
    if (typeof content === "string") return [documentText(content, title, context)];
    return content.map((part, index) => {
      const partPath = `${sourcePath}.content[${index}]`;
      return part.type === "image" ? readImage(part, partPath) : readTextBlock(part, partPath);
    });
  }
  const file: FilePart = {
    type: "file",
    source: readSource(source, sourcePath),
    path,
    ...presentFields({ name: title }),
  };
  if (file.source.kind === "url") file.source.mediaType = "application/pdf";
  return context == null || context === "" ? [file] : [{ type: "text", text: context }, file];
}

/** Text, images and documents, which stand in messages and in results of tools alike. */
export function readMediaBlock(block: AnthropicBlock, path: string): (TextPart | ImagePart | FilePart)[] {
  switch (block.type) {
    case "text":
      return [readTextBlock(block, path)];
    case "image":
      return [readImage(block, path)];
    case "document":
      return readDocument(block, path);
    default:
      throw unknownBlock(block, path);
  }
}

export function readToolResult(
  block: AnthropicBlock,
  path: string,
  namesById: Map<string, string>,
): ToolResultPart {
  const result = checkClientShape(toolResultSchema, block, path);
  const name = namesById.get(result.tool_use_id);
  if (name === undefined) {
    throw new SluiceError("invalid_request", "No earlier message holds a tool_use block with this id.", {
      parameter: `${path}.tool_use_id`,
    });
  }
  const blocks = result.content ?? [];
  const content: ToolResultContent[] =
    typeof blocks === "string"
      ? [{ type: "text", text: blocks }]
      : blocks.flatMap((part, index) => readMediaBlock(part, `${path}.content[${index}]`));
  return {
    type: "tool-result",
    callId: result.tool_use_id,
    name,
    content,
    isError: result.is_error ?? false,
  };
}

function readThinking(block: AnthropicBlock, path: string): AssistantPart {
  const { thinking, signature } = checkClientShape(thinkingSchema, block, path);
  if (signature == null || signature === "") return { type: "thinking", text: thinking };
  const { from, value } = readSignature(signature, "anthropic");
  return { type: "thinking", text: thinking, signature: { from, value } };
}

export function readAssistantBlock(block: AnthropicBlock, path: string): AssistantPart {
  switch (block.type) {
    case "text":
      return readTextBlock(block, path);
    case "thinking":
      return readThinking(block, path);
    case "redacted_thinking": {
      const { kind, from, value } = readSignature(
        checkClientShape(redactedSchema, block, path).data,
        "anthropic",
      );
      return { type: "redacted-thinking", data: value, from: kind === "redacted" ? from : "anthropic" };
    }
    case "tool_use": {
      const { id, name, input } = checkClientShape(toolUseSchema, block, path);
      return { type: "tool-call", id, name, argumentsJson: JSON.stringify(input ?? {}) };
    }
    default:
      throw unknownBlock(block, path);
  }
}
