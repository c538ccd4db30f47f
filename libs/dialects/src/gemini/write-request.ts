import type {
  CanonicalChatRequest,
  CanonicalReasoning,
  CanonicalResponseFormat,
  CanonicalTool,
  CanonicalToolChoice,
  ReasoningEffort,
} from "../canonical-request.ts";
import type { ProviderRequest } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { budgetTokensToEffort, effortToBudgetTokens } from "../reasoning-effort.ts";
import { unsupportedField } from "../unsupported.ts";
import { type GeminiModel, geminiModel } from "./gemini-model.ts";
import { geminiTarget } from "./request-target.ts";
import { writeGeminiContents, writeSystemInstruction } from "./write-contents.ts";
import { writeGeminiSchema } from "./write-schema.ts";

function hasProperties({ parameters }: CanonicalTool): boolean {
  const properties = parameters?.properties;
  return typeof properties === "object" && properties !== null && Object.keys(properties).length > 0;
}

/** A tool without arguments has no schema at all: Gemini refuses an object without properties. */
function writeParameters(tool: CanonicalTool): Record<string, unknown> {
  const { parameters } = tool;
  const isEmpty = parameters?.type === "object" && !hasProperties(tool) && !("$ref" in parameters);
  if (parameters === undefined || (isEmpty && typeof parameters.additionalProperties !== "object")) return {};
  const { form, schema } = writeGeminiSchema(parameters);
  return form === "schema" ? { parameters: schema } : { parametersJsonSchema: schema };
}

function writeTools(tools: CanonicalTool[]) {
  if (tools.length === 0) return undefined;
  return [
    {
      functionDeclarations: tools.map((tool) => ({
        name: tool.name,
        ...presentFields({ description: tool.description }),
        ...writeParameters(tool),
      })),
    },
  ];
}

const choiceModes = { auto: "AUTO", required: "ANY", none: "NONE" } as const;

/** Names can be given only with ANY; among some tools AUTO is written by leaving out the others. */
function writeToolConfig(choice: CanonicalToolChoice) {
  const names = choice.mode === "required" ? choice.names : undefined;
  return {
    functionCallingConfig: {
      mode: choiceModes[choice.mode],
      ...presentFields({ allowedFunctionNames: names }),
    },
  };
}

function offeredTools({ tools, toolChoice }: CanonicalChatRequest): CanonicalTool[] {
  const names = toolChoice?.mode === "auto" ? toolChoice.names : undefined;
  return names === undefined ? tools : tools.filter((tool) => names.includes(tool.name));
}

function writeResponseFormat(format: CanonicalResponseFormat | undefined): Record<string, unknown> {
  if (format === undefined) return {};
  if (format.type === "json-object") return { responseMimeType: "application/json" };
  const { form, schema } = writeGeminiSchema(format.schema);
  return {
    responseMimeType: "application/json",
    ...(form === "schema" ? { responseSchema: schema } : { responseJsonSchema: schema }),
  };
}

const levels: Record<ReasoningEffort, string> = {
  minimal: "MINIMAL",
  low: "LOW",
  medium: "MEDIUM",
  high: "HIGH",
  xhigh: "HIGH",
  max: "HIGH",
};
/** The least budget of Gemini 2.5 Pro, which cannot do without thinking. */
const leastProBudget = 128;

/** Thinking in the way that the model knows: by level, or by budget. A model that always thinks thinks least. */
function writeThinking(reasoning: CanonicalReasoning | undefined, model: GeminiModel) {
  if (reasoning === undefined) return undefined;
  const { enabled, effort, budgetTokens, includeThoughts } = reasoning;
  if (model.thinksByLevel) {
    const wanted = enabled
      ? (effort ?? (budgetTokens === undefined ? undefined : budgetTokensToEffort(budgetTokens)))
      : "minimal";
    const level =
      wanted === "minimal" && model.isPro ? "LOW" : wanted === undefined ? undefined : levels[wanted];
    return presentFields({ includeThoughts, thinkingLevel: level });
  }
  const budget = enabled
    ? (budgetTokens ?? (effort === undefined ? undefined : effortToBudgetTokens(effort)))
    : model.isPro
      ? leastProBudget
      : 0;
  return presentFields({ includeThoughts, thinkingBudget: budget });
}

function refuseUnsupported(request: CanonicalChatRequest): void {
  if (request.stopSequences.length > 5) {
    throw unsupportedField(request, "stopSequences", "This model takes at most 5 stop sequences.");
  }
  // To force the only tool is as good as to ask for one call; some clients get structured output so.
  const { toolChoice, tools } = request;
  const forcesOneTool = toolChoice?.mode === "required" && (toolChoice.names ?? tools).length === 1;
  if (request.parallelToolCalls === false && request.tools.length > 0 && !forcesOneTool) {
    throw unsupportedField(
      request,
      "parallelToolCalls",
      "This model cannot be held to one tool call at a time.",
    );
  }
  if (request.continuesAssistant) {
    throw unsupportedField(
      request,
      "messages",
      "This model cannot go on from a message of the assistant; the last message must be the user's.",
    );
  }
}

/**
 * Writes a request for `:generateContent` or `:streamGenerateContent`. The end user's name has no place in it
 * and is left out.
 * @throws SluiceError `unsupported_feature`.
 */
export function writeGeminiRequest(
  request: CanonicalChatRequest,
  target: { providerModel: string },
): ProviderRequest {
  refuseUnsupported(request);
  const model = geminiModel(target.providerModel);
  const generationConfig = {
    ...presentFields({
      temperature: request.temperature,
      topP: request.topP,
      topK: request.topK,
      candidateCount: request.candidateCount === 1 ? undefined : request.candidateCount,
      maxOutputTokens: request.maxOutputTokens,
      stopSequences: request.stopSequences.length === 0 ? undefined : request.stopSequences,
      frequencyPenalty: request.frequencyPenalty,
      presencePenalty: request.presencePenalty,
      seed: request.seed,
      responseLogprobs: request.logprobs === undefined ? undefined : true,
      logprobs: request.logprobs?.alternatives,
      thinkingConfig: writeThinking(request.reasoning, model),
    }),
    ...writeResponseFormat(request.responseFormat),
  };
  const tools = writeTools(offeredTools(request));
  return {
    ...geminiTarget({ operation: "chat", providerModel: target.providerModel, stream: request.stream }),
    body: {
      contents: writeGeminiContents(request.messages, model),
      ...presentFields({
        systemInstruction: writeSystemInstruction(request.messages),
        tools,
        toolConfig:
          tools === undefined || request.toolChoice === undefined
            ? undefined
            : writeToolConfig(request.toolChoice),
      }),
      ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
    },
  };
}
