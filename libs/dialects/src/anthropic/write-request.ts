import type { CanonicalChatRequest } from "../canonical-request.ts";
import type { ProviderRequest } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { unsupportedField } from "../unsupported.ts";
import { type ClaudeModel, claudeModel } from "./claude-model.ts";
import { anthropicTarget } from "./request-target.ts";
import { writeAnthropicMessages, writeAnthropicSystem } from "./write-messages.ts";
import { writeThinking } from "./write-thinking.ts";
import { writeAnthropicTools } from "./write-tools.ts";

function refuseUnsupported(request: CanonicalChatRequest): void {
  const refuse = (field: Parameters<typeof unsupportedField>[1], what: string): never => {
    throw unsupportedField(request, field, `This model has no ${what}.`);
  };
  if (request.candidateCount > 1) refuse("candidateCount", "way to give several answers at once");
  if (request.logprobs !== undefined) refuse("logprobs", "log probabilities");
  if ((request.frequencyPenalty ?? 0) !== 0) refuse("frequencyPenalty", "frequency penalty");
  if ((request.presencePenalty ?? 0) !== 0) refuse("presencePenalty", "presence penalty");
  if ((request.temperature ?? 0) > 1) {
    throw unsupportedField(request, "temperature", "This model takes a temperature from 0 to 1.");
  }
}

/** Sampling for models that know it. To the others it may not even be said that it is the default. */
function writeSampling(request: CanonicalChatRequest, model: ClaudeModel) {
  if (model.takesSampling) {
    return presentFields({ temperature: request.temperature, top_p: request.topP, top_k: request.topK });
  }
  for (const field of ["temperature", "topP", "topK"] as const) {
    const value = request[field];
    if (value !== undefined && !(field !== "topK" && value === 1)) {
      throw unsupportedField(request, field, "This model takes no sampling parameters.");
    }
  }
  return {};
}

/**
 * Writes a request for `POST /v1/messages`.
 *
 * `max_tokens`, which the API requires, is 16,384 where the client set no limit (8,192 for Claude 3.5 and 3.7, 4,096 before),
 * and the thinking budget on top. `seed` has no counterpart and is a wish for all providers that know it: it is left out.
 * @throws SluiceError `unsupported_feature`.
 */
export function writeAnthropicRequest(
  request: CanonicalChatRequest,
  target: { providerModel: string },
): ProviderRequest {
  refuseUnsupported(request);
  const model = claudeModel(target.providerModel);
  const format = request.responseFormat;
  const outputFormat =
    format?.type === "json-schema" && model.takesOutputFormat
      ? { type: "json_schema", schema: format.schema }
      : undefined;
  const { forced, ...tools } = writeAnthropicTools(
    request,
    format !== undefined && outputFormat === undefined,
  );
  const { thinking, effort, maxTokens } = writeThinking(request, model, forced);
  const system = writeAnthropicSystem(request.messages);
  const outputConfig = presentFields({ effort, format: outputFormat });
  return {
    ...anthropicTarget({ operation: "chat", providerModel: target.providerModel, stream: request.stream }),
    body: {
      model: target.providerModel,
      max_tokens: maxTokens,
      ...(system.length === 0 ? {} : { system }),
      messages: writeAnthropicMessages(request.messages, thinking?.type !== "disabled"),
      ...tools,
      ...writeSampling(request, model),
      ...(Object.keys(outputConfig).length === 0 ? {} : { output_config: outputConfig }),
      ...presentFields({
        thinking,
        stop_sequences: request.stopSequences.length === 0 ? undefined : request.stopSequences,
        metadata: request.endUser === undefined ? undefined : { user_id: request.endUser },
        stream: request.stream ? true : undefined,
      }),
    },
  };
}
