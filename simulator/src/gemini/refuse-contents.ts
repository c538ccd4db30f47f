import { ProviderError } from "../provider-error.ts";
import type { GeminiContent, GeminiPart } from "./generate-request-schema.ts";

const roles = ["user", "model", "function"];
const dataFields = [
  "text",
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
  "executableCode",
  "codeExecutionResult",
  "toolCall",
  "toolResponse",
  "audioTranscription",
];

/**
 * Refuses contents that the API refuses: none, without parts, with parts that say nothing, with a
 * function's response that is not right behind its call, one for one, and (from Gemini 3 on) a call of the
 * present turn that comes back without its thought signature.
 * @throws ProviderError
 */
export function refuseContents(contents: readonly GeminiContent[], model: string): void {
  if (contents.length === 0) throw refuse("* GenerateContentRequest.contents: contents is not specified\n");
  contents.forEach((content, index) => {
    refuseContent(content, `contents[${index}]`);
    refuseOrder(content, contents[index - 1]);
  });
  if (/^gemini-[3-9]/.test(model)) refuseUnsignedCalls(contents);
}

/** @throws ProviderError when a content has no parts, or one that says nothing */
export function refuseContent(content: GeminiContent, place: string): void {
  if (
    content.role !== undefined &&
    content.role !== "" &&
    !roles.includes(content.role) &&
    !place.startsWith("system")
  ) {
    throw refuse("Please use a valid role: user, model.");
  }
  if (content.parts.length === 0) {
    throw refuse(`* GenerateContentRequest.${place}.parts: contents.parts must not be empty.\n`);
  }
  content.parts.forEach((part, index) => {
    if (dataFields.some((name) => part[name] !== undefined)) return;
    throw refuse(
      `* GenerateContentRequest.${place}.parts[${index}].data: required oneof field 'data' must have one initialized field\n`,
    );
  });
}

function refuseOrder(content: GeminiContent, previous: GeminiContent | undefined): void {
  const calls = count(content, "functionCall");
  const responses = count(content, "functionResponse");
  const callsBefore = previous === undefined ? 0 : count(previous, "functionCall");
  if (calls > 0 && (previous === undefined || previous.role === "model")) {
    throw refuse(
      "Please ensure that function call turn comes immediately after a user turn or after a function response turn.",
    );
  }
  if (responses > 0 && callsBefore === 0) {
    throw refuse("Please ensure that function response turn comes immediately after a function call turn.");
  }
  if (callsBefore > 0 && responses !== callsBefore) {
    throw refuse(
      "Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.",
    );
  }
}

function count(content: GeminiContent, field: keyof GeminiPart): number {
  return content.parts.filter((part) => part[field] !== undefined).length;
}

/** The present turn is what came after the last words of the user. */
function refuseUnsignedCalls(contents: readonly GeminiContent[]): void {
  const start = contents.findLastIndex(
    (content) => content.role !== "model" && content.parts.some((part) => part.text !== undefined),
  );
  for (const [index, content] of contents.entries()) {
    if (index <= start) continue;
    const position = content.parts.findIndex((part) => part.functionCall !== undefined);
    const first = content.parts[position];
    if (first === undefined || first.thoughtSignature) continue;
    const name = first.functionCall?.name ?? "";
    throw refuse(
      `Function call is missing a thought_signature in functionCall parts. Function call \`${name}\`, position ${position + 1} of content ${index + 1}.`,
    );
  }
}

function refuse(message: string): ProviderError {
  return new ProviderError(400, message);
}
