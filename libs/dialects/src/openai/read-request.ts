import { z } from "zod";
import {
  type CanonicalChatRequest,
  type CanonicalReasoning,
  type CanonicalResponseFormat,
  reasoningEfforts,
} from "../canonical-request.ts";
import { checkClientShape } from "../check-shape.ts";
import type { RequestFacts } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { unsupportedAt } from "../unsupported.ts";
import { openaiMessageSchema, readOpenaiMessages } from "./read-messages.ts";
import { openaiToolSchema, readOpenaiToolChoice, readOpenaiTools } from "./read-tools.ts";

const requestSchema = z.object({
  messages: z.array(openaiMessageSchema).min(1),
  frequency_penalty: z.number().nullish(),
  presence_penalty: z.number().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  seed: z.int().nullish(),
  n: z.int().min(1).nullish(),
  max_tokens: z.int().min(1).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  reasoning_effort: z.enum(["none", ...reasoningEfforts]).nullish(),
  response_format: z.looseObject({ type: z.string() }).nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  tools: z.array(openaiToolSchema).nullish(),
  tool_choice: z.unknown().optional(),
  parallel_tool_calls: z.boolean().nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  // Read only to refuse them where they would change the reply.
  audio: z.unknown().optional(),
  functions: z.unknown().optional(),
  function_call: z.unknown().optional(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  modalities: z.array(z.string()).nullish(),
  moderation: z.unknown().optional(),
  web_search_options: z.unknown().optional(),
});
type OpenaiRequest = z.infer<typeof requestSchema>;

/** What only OpenAI has, and what the reply would not be the same without. */
function refuseUntranslatable(request: OpenaiRequest): void {
  const refuse = (field: keyof OpenaiRequest): never => {
    throw unsupportedAt(field, `${field} cannot be translated for this model.`);
  };
  if (request.audio != null) refuse("audio");
  if (request.modalities?.some((modality) => modality !== "text") === true) refuse("modalities");
  if (Object.keys(request.logit_bias ?? {}).length > 0) refuse("logit_bias");
  if (request.moderation != null) refuse("moderation");
  if (request.web_search_options != null) refuse("web_search_options");
  if (request.functions != null) throw unsupportedAt("functions", "functions is deprecated; use tools.");
  if (request.function_call != null) {
    throw unsupportedAt("function_call", "function_call is deprecated; use tool_choice.");
  }
}

const jsonSchemaFormat = z.object({
  json_schema: z.object({
    name: z.string(),
    description: z.string().nullish(),
    schema: z.record(z.string(), z.unknown()).nullish(),
    strict: z.boolean().nullish(),
  }),
});

function readResponseFormat(format: OpenaiRequest["response_format"]): CanonicalResponseFormat | undefined {
  if (format == null || format.type === "text") return undefined;
  if (format.type === "json_object") return { type: "json-object" };
  if (format.type !== "json_schema") {
    throw unsupportedAt(
      "response_format.type",
      `The format "${format.type}" cannot be translated for this model.`,
    );
  }
  const { json_schema: wanted } = checkClientShape(jsonSchemaFormat, format, "response_format");
  if (wanted.schema == null) return { type: "json-object" };
  return {
    type: "json-schema",
    name: wanted.name,
    schema: wanted.schema,
    ...presentFields({ description: wanted.description, strict: wanted.strict }),
  };
}

function readReasoning(effort: OpenaiRequest["reasoning_effort"]): CanonicalReasoning | undefined {
  if (effort == null) return undefined;
  return effort === "none" ? { enabled: false } : { enabled: true, effort };
}

/**
 * Reads a request of `POST /v1/chat/completions`.
 * Passed over, since the reply means the same without them: `metadata`, `store`, `service_tier`,
 * `prediction`, `prompt_cache_*`, `verbosity`, a message's `name`, and whatever is not known.
 */
export function readOpenaiRequest(json: unknown, facts: RequestFacts): CanonicalChatRequest {
  const request = checkClientShape(requestSchema, json, "");
  refuseUntranslatable(request);
  return {
    dialect: "openai",
    model: facts.model,
    stream: facts.stream,
    messages: readOpenaiMessages(request.messages),
    continuesAssistant: false,
    tools: readOpenaiTools(request.tools ?? []),
    stopSequences: typeof request.stop === "string" ? [request.stop] : (request.stop ?? []),
    candidateCount: request.n ?? 1,
    includeUsage: request.stream_options?.include_usage ?? false,
    ...presentFields({
      toolChoice: request.tool_choice == null ? undefined : readOpenaiToolChoice(request.tool_choice),
      parallelToolCalls: request.parallel_tool_calls,
      responseFormat: readResponseFormat(request.response_format),
      maxOutputTokens: request.max_completion_tokens ?? request.max_tokens,
      temperature: request.temperature,
      topP: request.top_p,
      frequencyPenalty: request.frequency_penalty,
      presencePenalty: request.presence_penalty,
      seed: request.seed,
      logprobs: request.logprobs === true ? { alternatives: request.top_logprobs ?? 0 } : undefined,
      reasoning: readReasoning(request.reasoning_effort),
      endUser: request.safety_identifier ?? request.user,
    }),
  };
}
