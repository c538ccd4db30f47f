import { z } from "zod";
import type {
  CanonicalChatRequest,
  CanonicalReasoning,
  CanonicalResponseFormat,
  CanonicalTool,
  CanonicalToolChoice,
  ReasoningEffort,
} from "../canonical-request.ts";
import { checkClientShape } from "../check-shape.ts";
import type { RequestFacts } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { unsupportedAt } from "../unsupported.ts";
import { looseProtoObject, protoObject } from "./proto-json.ts";
import { geminiContentSchema, readGeminiContents, readSystemInstruction } from "./read-contents.ts";
import { readGeminiSchema } from "./read-schema.ts";

const schemaObject = z.record(z.string(), z.unknown());
const thinkingSchema = protoObject({
  includeThoughts: z.boolean().nullish(),
  thinkingBudget: z.int().nullish(),
  thinkingLevel: z.string().nullish(),
});
const generationSchema = protoObject({
  temperature: z.number().nullish(),
  topP: z.number().nullish(),
  topK: z.number().nullish(),
  candidateCount: z.int().min(1).nullish(),
  maxOutputTokens: z.int().min(1).nullish(),
  stopSequences: z.array(z.string()).nullish(),
  responseLogprobs: z.boolean().nullish(),
  logprobs: z.int().nonnegative().nullish(),
  presencePenalty: z.number().nullish(),
  frequencyPenalty: z.number().nullish(),
  seed: z.int().nullish(),
  responseMimeType: z.string().nullish(),
  responseSchema: schemaObject.nullish(),
  responseJsonSchema: schemaObject.nullish(),
  responseModalities: z.array(z.string()).nullish(),
  thinkingConfig: thinkingSchema.nullish(),
});
type Generation = z.infer<typeof generationSchema>;

const toolSchema = looseProtoObject({
  functionDeclarations: z
    .array(
      protoObject({
        name: z.string().min(1),
        description: z.string().nullish(),
        parameters: schemaObject.nullish(),
        parametersJsonSchema: schemaObject.nullish(),
      }),
    )
    .nullish(),
});
const requestSchema = protoObject({
  contents: z.array(geminiContentSchema).min(1),
  systemInstruction: z.unknown().optional(),
  tools: z.array(toolSchema).nullish(),
  toolConfig: protoObject({
    functionCallingConfig: protoObject({
      mode: z.string().nullish(),
      allowedFunctionNames: z.array(z.string()).nullish(),
    }).nullish(),
  }).nullish(),
  generationConfig: generationSchema.nullish(),
  // Read only to refuse them where they would change the reply.
  cachedContent: z.string().nullish(),
  continuationToken: z.string().nullish(),
});
type GeminiRequest = z.infer<typeof requestSchema>;

function readTools(tools: NonNullable<GeminiRequest["tools"]>): CanonicalTool[] {
  return tools.flatMap((tool, index) => {
    for (const [kind, value] of Object.entries(tool)) {
      if (kind !== "functionDeclarations" && value != null) {
        throw unsupportedAt(
          `tools[${index}].${kind}`,
          `Google's own tool ${kind} cannot be translated for this model.`,
        );
      }
    }
    return (tool.functionDeclarations ?? []).map(
      ({ name, description, parameters, parametersJsonSchema }) => ({
        name,
        ...presentFields({
          description,
          parameters: parametersJsonSchema ?? (parameters == null ? undefined : readGeminiSchema(parameters)),
        }),
      }),
    );
  });
}

const choiceModes: Record<string, CanonicalToolChoice["mode"]> = {
  AUTO: "auto",
  VALIDATED: "auto",
  MODE_UNSPECIFIED: "auto",
  ANY: "required",
  NONE: "none",
};

function readToolChoice(request: GeminiRequest): CanonicalToolChoice | undefined {
  const choice = request.toolConfig?.functionCallingConfig;
  if (choice?.mode == null) return undefined;
  const mode = choiceModes[choice.mode.toUpperCase()] ?? "auto";
  const names = choice.allowedFunctionNames ?? [];
  return names.length === 0 ? { mode } : { mode, names };
}

function readResponseFormat(generation: Generation): CanonicalResponseFormat | undefined {
  const type = generation.responseMimeType ?? "text/plain";
  if (type === "text/plain") return undefined;
  if (type !== "application/json") {
    throw unsupportedAt(
      "generationConfig.responseMimeType",
      `Answers as ${type} cannot be translated for this model.`,
    );
  }
  const schema =
    generation.responseJsonSchema ??
    (generation.responseSchema == null ? undefined : readGeminiSchema(generation.responseSchema));
  return schema === undefined ? { type: "json-object" } : { type: "json-schema", name: "answer", schema };
}

const efforts: Record<string, ReasoningEffort> = {
  MINIMAL: "minimal",
  LOW: "low",
  MEDIUM: "medium",
  HIGH: "high",
};

/** A budget of 0 is no thinking; -1 leaves the budget to the model. */
function readReasoning(thinking: Generation["thinkingConfig"]): CanonicalReasoning | undefined {
  if (thinking == null) return undefined;
  const budget = thinking.thinkingBudget;
  if (budget === 0) return { enabled: false };
  return {
    enabled: true,
    includeThoughts: thinking.includeThoughts ?? false,
    ...presentFields({
      effort: efforts[thinking.thinkingLevel?.toUpperCase() ?? ""],
      budgetTokens: budget == null || budget < 0 ? undefined : budget,
    }),
  };
}

function refuseUntranslatable(request: GeminiRequest, generation: Generation): void {
  if (request.cachedContent != null) {
    throw unsupportedAt(
      "cachedContent",
      "Content that is cached at Google cannot be sent to another provider.",
    );
  }
  if (request.continuationToken != null) {
    throw unsupportedAt("continuationToken", "A continuation cannot be translated for this model.");
  }
  if ((generation.responseModalities ?? []).some((modality) => modality.toUpperCase() !== "TEXT")) {
    throw unsupportedAt("generationConfig.responseModalities", "This model answers with text only.");
  }
}

/**
 * Reads a request of `models/…:generateContent` or `:streamGenerateContent`.
 * Passed over, since the reply means the same without them or they speak of Google's own filters: `safetySettings`,
 * `labels`, `store`, `serviceTier`, `mediaResolution`, `speechConfig`, and whatever is not known.
 */
export function readGeminiRequest(json: unknown, facts: RequestFacts): CanonicalChatRequest {
  const request = checkClientShape(requestSchema, json, "");
  const generation: Generation = request.generationConfig ?? {};
  refuseUntranslatable(request, generation);
  const system = request.systemInstruction == null ? [] : readSystemInstruction(request.systemInstruction);
  const messages = readGeminiContents(request.contents);
  return {
    dialect: "gemini",
    model: facts.model,
    stream: facts.stream,
    messages: system.length === 0 ? messages : [{ role: "system", content: system }, ...messages],
    continuesAssistant: false,
    tools: readTools(request.tools ?? []),
    stopSequences: generation.stopSequences ?? [],
    candidateCount: generation.candidateCount ?? 1,
    includeUsage: true,
    ...presentFields({
      toolChoice: readToolChoice(request),
      responseFormat: readResponseFormat(generation),
      maxOutputTokens: generation.maxOutputTokens,
      temperature: generation.temperature,
      topP: generation.topP,
      topK: generation.topK,
      frequencyPenalty: generation.frequencyPenalty,
      presencePenalty: generation.presencePenalty,
      seed: generation.seed,
      logprobs: generation.responseLogprobs === true ? { alternatives: generation.logprobs ?? 0 } : undefined,
      reasoning: readReasoning(generation.thinkingConfig),
    }),
  };
}
