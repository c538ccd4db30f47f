import type { CanonicalMessage } from "@sluice/dialects/canonical-content";
import type { CanonicalChatRequest, CanonicalResponseFormat } from "@sluice/dialects/canonical-request";
import { openaiDialect } from "@sluice/dialects/openai/openai-dialect";
import { presentFields } from "@sluice/dialects/present-fields";
import type { ModelStep } from "@sluice/resources/workflow";
import { evaluated } from "./step-failure.ts";
import type { PlannedMessage, PlannedModelStep, WorkflowValues } from "./workflow-plan.ts";

export interface StepRequestOptions {
  plan: PlannedModelStep;
  values: WorkflowValues;
  /** The client's request. */
  client: CanonicalChatRequest;
  /** As the configuration names it. */
  model: string;
  stream: boolean;
}

/** A step's request, in OpenAI's dialect. */
export interface StepRequest {
  body: Buffer;
  maxOutputTokens?: number;
}

/**
 * Writes what a step asks its model. What the client wants of the reply (its length, its temperature and so on) is
 * asked of the steps that may give it, where they say nothing of their own.
 * @throws SluiceError `invalid_request` where the values don't fit its templates, `unsupported_feature`
 */
export function writeStepRequest({ plan, values, client, model, stream }: StepRequestOptions): StepRequest {
  const { step } = plan;
  const wishes: Partial<CanonicalChatRequest> = step.mayAnswer ? client : {};
  const maxOutputTokens = step.maxOutputTokens ?? wishes.maxOutputTokens;
  const request: CanonicalChatRequest = {
    // For errors: what can't be said is the client's wish.
    dialect: client.dialect,
    model,
    stream,
    messages: plan.messages.flatMap((message) => messagesOf(message, values, client)),
    continuesAssistant: false,
    tools: [],
    stopSequences: step.stopSequences ?? wishes.stopSequences ?? [],
    candidateCount: 1,
    includeUsage: stream,
    ...presentFields({
      maxOutputTokens,
      temperature: step.temperature ?? wishes.temperature,
      topP: step.topP ?? wishes.topP,
      frequencyPenalty: wishes.frequencyPenalty,
      presencePenalty: wishes.presencePenalty,
      seed: wishes.seed,
      responseFormat: responseFormatOf(step) ?? wishes.responseFormat,
      reasoning: reasoningOf(step) ?? wishes.reasoning,
      endUser: client.endUser,
    }),
  };
  const { body } = openaiDialect.writeChatRequest(request, { providerModel: model });
  return { body: Buffer.from(JSON.stringify(body)), ...presentFields({ maxOutputTokens }) };
}

function messagesOf(
  message: PlannedMessage,
  values: WorkflowValues,
  client: CanonicalChatRequest,
): CanonicalMessage[] {
  if (message === "input") return client.messages;
  const text = evaluated("its template", () => message.content.render(values));
  return [{ role: message.role, content: [{ type: "text", text }] }];
}

function responseFormatOf({ name, json }: ModelStep): CanonicalResponseFormat | undefined {
  if (json === undefined) return undefined;
  return json.schema === undefined
    ? { type: "json-object" }
    : { type: "json-schema", name, schema: json.schema };
}

function reasoningOf({ reasoningEffort: effort }: ModelStep): CanonicalChatRequest["reasoning"] {
  return effort === undefined ? undefined : { enabled: true, effort };
}
