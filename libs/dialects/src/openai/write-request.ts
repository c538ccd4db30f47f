import type {
  CanonicalChatRequest,
  CanonicalResponseFormat,
  CanonicalToolChoice,
} from "../canonical-request.ts";
import type { ProviderRequest } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { budgetTokensToEffort } from "../reasoning-effort.ts";
import { unsupportedField } from "../unsupported.ts";
import { openaiTarget } from "./request-target.ts";
import { fitsStrictMode } from "./strict-schema.ts";
import { writeOpenaiMessages } from "./write-messages.ts";

function writeToolChoice(choice: CanonicalToolChoice): unknown {
  const [only, ...others] = choice.names ?? [];
  if (only === undefined || choice.mode === "none") return choice.mode;
  if (others.length === 0 && choice.mode === "required")
    return { type: "function", function: { name: only } };
  const tools = [only, ...others].map((name) => ({ type: "function", function: { name } }));
  return { type: "allowed_tools", allowed_tools: { mode: choice.mode, tools } };
}

function writeResponseFormat(request: CanonicalChatRequest, format: CanonicalResponseFormat): unknown {
  if (format.type === "json-object") return { type: "json_object" };
  if (typeof format.schema.type === "string" && format.schema.type !== "object") {
    throw unsupportedField(
      request,
      "responseFormat",
      "This model takes only schemas whose outermost type is object.",
    );
  }
  const { name, description, schema } = format;
  const strict = format.strict ?? (fitsStrictMode(schema) ? true : undefined);
  return { type: "json_schema", json_schema: { name, schema, ...presentFields({ description, strict }) } };
}

/**
 * Explicitly no thinking is left unsaid: models that do not think refuse the field, and those that always think
 * refuse the value.
 */
function writeReasoningEffort(reasoning: CanonicalChatRequest["reasoning"]): string | undefined {
  if (reasoning === undefined || !reasoning.enabled) return undefined;
  if (reasoning.effort !== undefined) return reasoning.effort;
  return reasoning.budgetTokens === undefined ? undefined : budgetTokensToEffort(reasoning.budgetTokens);
}

function refuseUnsupported(request: CanonicalChatRequest): void {
  if (request.topK !== undefined) {
    throw unsupportedField(request, "topK", "This model has no top-k sampling.");
  }
  if (request.stopSequences.length > 4) {
    throw unsupportedField(request, "stopSequences", "This model takes at most 4 stop sequences.");
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
 * Writes a request for `POST /chat/completions`. A stream is always asked for its usage.
 * @throws SluiceError `unsupported_feature`.
 */
export function writeOpenaiRequest(
  request: CanonicalChatRequest,
  target: { providerModel: string },
): ProviderRequest {
  refuseUnsupported(request);
  const tools = request.tools.map(({ name, description, parameters, strict }) => ({
    type: "function",
    function: {
      name,
      ...presentFields({ description, strict }),
      parameters: parameters ?? { type: "object", properties: {} },
    },
  }));
  const hasTools = tools.length > 0;
  return {
    ...openaiTarget({ operation: "chat", providerModel: target.providerModel, stream: request.stream }),
    body: {
      model: target.providerModel,
      messages: writeOpenaiMessages(request.messages),
      ...presentFields({
        tools: hasTools ? tools : undefined,
        tool_choice:
          hasTools && request.toolChoice !== undefined ? writeToolChoice(request.toolChoice) : undefined,
        parallel_tool_calls: hasTools ? request.parallelToolCalls : undefined,
        response_format:
          request.responseFormat === undefined
            ? undefined
            : writeResponseFormat(request, request.responseFormat),
        max_completion_tokens: request.maxOutputTokens,
        temperature: request.temperature,
        top_p: request.topP,
        frequency_penalty: request.frequencyPenalty,
        presence_penalty: request.presencePenalty,
        seed: request.seed,
        stop: request.stopSequences.length === 0 ? undefined : request.stopSequences,
        n: request.candidateCount === 1 ? undefined : request.candidateCount,
        logprobs: request.logprobs === undefined ? undefined : true,
        top_logprobs: request.logprobs?.alternatives,
        reasoning_effort: writeReasoningEffort(request.reasoning),
        user: request.endUser,
        stream: request.stream ? true : undefined,
        stream_options: request.stream ? { include_usage: true } : undefined,
      }),
    },
  };
}
