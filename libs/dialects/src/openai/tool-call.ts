import { z } from "zod";
import type { ThoughtSignature, ToolCallPart } from "../canonical-content.ts";
import { readSignature, writeSignature } from "../thought-signature.ts";

/**
 * Gemini's signature of a tool call has no field in OpenAI's format. Google's own OpenAI endpoint puts it
 * here, and clients that send the assistant's message back as they got it return it.
 */
const extraContentSchema = z
  .object({ google: z.object({ thought_signature: z.string().nullish() }).nullish() })
  .nullish()
  .catch(undefined);

export const openaiToolCallSchema = z.object({
  id: z.string(),
  type: z.string().nullish(),
  function: z.object({ name: z.string(), arguments: z.string() }),
  extra_content: extraContentSchema,
});

/** The extra fields of a call that carry its signature. */
export function writeExtraContent(signature: ThoughtSignature | undefined) {
  if (signature === undefined) return {};
  return { extra_content: { google: { thought_signature: writeSignature(signature, "gemini") } } };
}

export function readExtraContent(extra: z.infer<typeof extraContentSchema>): ThoughtSignature | undefined {
  const text = extra?.google?.thought_signature;
  if (text == null) return undefined;
  const { from, value } = readSignature(text, "gemini");
  return { from, value };
}

export function readOpenaiToolCall(call: z.infer<typeof openaiToolCallSchema>): ToolCallPart {
  const signature = readExtraContent(call.extra_content);
  return {
    type: "tool-call",
    id: call.id,
    name: call.function.name,
    argumentsJson: call.function.arguments,
    ...(signature === undefined ? {} : { signature }),
  };
}

/** @param argumentsJson OpenAI's clients parse the text: none at all becomes `{}`. */
function writtenArguments(argumentsJson: string): string {
  return argumentsJson.trim() === "" ? "{}" : argumentsJson;
}

export function writeOpenaiToolCall(call: ToolCallPart, options: { withSignature: boolean }) {
  return {
    id: call.id,
    type: "function" as const,
    function: { name: call.name, arguments: writtenArguments(call.argumentsJson) },
    ...(options.withSignature ? writeExtraContent(call.signature) : {}),
  };
}
