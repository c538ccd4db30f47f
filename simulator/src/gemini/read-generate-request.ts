import { bracketPath, deepestIssue, valueAt } from "../deepest-issue.ts";
import type { ChatCall, Framing } from "../delivery/chat-dialect.ts";
import type { OfferedTool, Prompt, ToolChoice } from "../prompt.ts";
import { ProviderError } from "../provider-error.ts";
import {
  type GeminiContent,
  type GeminiGenerateRequest,
  type GeminiPart,
  geminiGenerateRequestSchema,
} from "./generate-request-schema.ts";
import { normaliseRequest, snakeCase } from "./normalise-request.ts";
import { refuseContent, refuseContents } from "./refuse-contents.ts";
import { refuseSchema } from "./refuse-schema.ts";

/** @throws ProviderError with Gemini's 400 for what Gemini does not take */
export function readGeminiGenerate(body: unknown, model: string, framing: Framing): ChatCall {
  const { request: normalised, violations } = normaliseRequest(isObject(body) ? body : {});
  if (violations.length > 0) {
    throw new ProviderError(400, violations.map((violation) => violation.description).join("\n"), {
      violations,
    });
  }
  const parsed = geminiGenerateRequestSchema.safeParse(normalised);
  if (!parsed.success) {
    const path = deepestIssue(parsed.error.issues)?.path ?? [];
    const field = snakeCase(bracketPath(path));
    const description = `Invalid value at '${field}', ${JSON.stringify(valueAt(normalised, path)) ?? "missing"}`;
    throw new ProviderError(400, description, { violations: [{ field, description }] });
  }
  const request = parsed.data;
  refuseContents(request.contents, model);
  if (request.systemInstruction !== undefined) refuseContent(request.systemInstruction, "system_instruction");
  refuseSchemas(request);
  const thinking = request.generationConfig?.thinkingConfig;
  return {
    model,
    framing,
    prompt: readPrompt(request),
    shape: { showReasoning: thinking?.includeThoughts ?? false },
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuseSchemas(request: GeminiGenerateRequest): void {
  request.tools?.forEach((tool, toolIndex) => {
    tool.functionDeclarations?.forEach((declaration, index) => {
      const place = `tools[${toolIndex}].function_declarations[${index}]`;
      if (declaration.parameters !== undefined && declaration.parametersJsonSchema !== undefined) {
        throw new ProviderError(
          400,
          `* GenerateContentRequest.${place}: parameters and parameters_json_schema are mutually exclusive\n`,
        );
      }
      refuseSchema(declaration.parameters, `${place}.parameters`);
    });
  });
  const config = request.generationConfig;
  const structured = config?.responseSchema ?? config?.responseJsonSchema;
  if (structured === undefined) return;
  if (config?.responseMimeType === undefined || config.responseMimeType === "text/plain") {
    throw new ProviderError(
      400,
      "Response schema requires a response_mime_type of application/json or text/x.enum.",
    );
  }
  if (config.responseSchema !== undefined && config.responseJsonSchema !== undefined) {
    throw new ProviderError(400, "response_schema and response_json_schema are mutually exclusive.");
  }
  refuseSchema(config.responseSchema, "generation_config.response_schema");
}

function readPrompt(request: GeminiGenerateRequest): Prompt {
  const { contents, systemInstruction: system } = request;
  const config = request.generationConfig;
  const last = contents.at(-1);
  const results = last?.parts.filter((part) => part.functionResponse !== undefined) ?? [];
  const lastUser = contents.findLast((content) => content.role !== "model" && userText(content) !== "");
  const everything = system === undefined ? contents : [system, ...contents];
  return {
    text: everything.map((content) => content.parts.map(textOf).join("")).join(""),
    messageCount: everything.length,
    imageCount: contents.flatMap((content) => content.parts).filter(isImage).length,
    lastUserText: lastUser === undefined ? "" : userText(lastUser),
    toolResult: results.length > 0 ? results.map(textOf).join(" ") : undefined,
    tools: request.tools?.flatMap(readTools) ?? [],
    toolChoice: readToolChoice(request.toolConfig),
    parallelToolCalls: true,
    structured:
      config?.responseMimeType === "application/json"
        ? { schema: config.responseSchema ?? config.responseJsonSchema }
        : undefined,
    maxOutputTokens: config?.maxOutputTokens,
    stopSequences: config?.stopSequences ?? [],
    reasoningAsked: asksReasoning(config?.thinkingConfig),
    choiceCount: config?.candidateCount ?? 1,
  };
}

function asksReasoning(
  thinking: NonNullable<GeminiGenerateRequest["generationConfig"]>["thinkingConfig"],
): boolean {
  if (thinking === undefined || thinking.thinkingBudget === 0) return false;
  const level = thinking.thinkingLevel?.toLowerCase();
  return (
    thinking.includeThoughts === true ||
    thinking.thinkingBudget !== undefined ||
    (level !== undefined && level !== "minimal")
  );
}

function userText(content: GeminiContent): string {
  return content.parts.map((part) => part.text ?? "").join("");
}

function textOf(part: GeminiPart): string {
  if (part.thought) return "";
  if (part.functionCall !== undefined)
    return part.functionCall.name + JSON.stringify(part.functionCall.args ?? {});
  if (part.functionResponse !== undefined) return resultText(part.functionResponse.response);
  return part.text ?? "";
}

/** A response of one text (`{output: "…"}`, `{result: "…"}`) is that text, anything else its JSON. */
function resultText(response: Record<string, unknown>): string {
  const values = Object.values(response);
  return values.length === 1 && typeof values[0] === "string" ? values[0] : JSON.stringify(response);
}

function isImage(part: GeminiPart): boolean {
  const mimeType = part.inlineData?.mimeType ?? part.inlineData?.mime_type ?? "";
  return mimeType.startsWith("image/");
}

function readTools(tool: NonNullable<GeminiGenerateRequest["tools"]>[number]): OfferedTool[] {
  return (tool.functionDeclarations ?? []).map((declaration) => ({
    name: declaration.name,
    description: declaration.description ?? "",
    schema: declaration.parameters ?? declaration.parametersJsonSchema ?? {},
  }));
}

function readToolChoice(config: GeminiGenerateRequest["toolConfig"]): ToolChoice {
  const calling = config?.functionCallingConfig ?? config?.function_calling_config;
  const names = calling?.allowedFunctionNames ?? calling?.allowed_function_names;
  const mode = calling?.mode?.toUpperCase();
  if (mode === "NONE") return "none";
  if (mode !== "ANY") return "auto";
  return names?.[0] === undefined ? "required" : { name: names[0] };
}
