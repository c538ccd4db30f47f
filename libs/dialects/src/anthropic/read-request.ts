import { z } from "zod";
import {
  type CanonicalChatRequest,
  type CanonicalReasoning,
  type CanonicalTool,
  type CanonicalToolChoice,
  reasoningEfforts,
} from "../canonical-request.ts";
import { checkClientShape } from "../check-shape.ts";
import type { RequestFacts } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { unsupportedAt } from "../unsupported.ts";
import { anthropicMessageSchema, readAnthropicMessages, readAnthropicTexts } from "./read-messages.ts";

const formatSchema = z.object({ type: z.literal("json_schema"), schema: z.record(z.string(), z.unknown()) });
const thinkingSchema = z.object({
  type: z.enum(["enabled", "disabled", "adaptive", "between_tools"]),
  budget_tokens: z.int().nonnegative().nullish(),
  display: z.string().nullish(),
});
const requestSchema = z.object({
  messages: z.array(anthropicMessageSchema).min(1),
  max_tokens: z.int().nonnegative(),
  system: z.unknown().optional(),
  stop_sequences: z.array(z.string()).nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.int().nullish(),
  metadata: z.object({ user_id: z.string().nullish() }).nullish(),
  tools: z.array(z.looseObject({ type: z.string().nullish() })).nullish(),
  tool_choice: z
    .object({
      type: z.enum(["auto", "any", "tool", "none"]),
      name: z.string().nullish(),
      disable_parallel_tool_use: z.boolean().nullish(),
    })
    .nullish(),
  thinking: thinkingSchema.nullish(),
  output_config: z
    .object({ effort: z.enum(reasoningEfforts).nullish(), format: formatSchema.nullish() })
    .nullish(),
  /** The older name of `output_config.format`. */
  output_format: formatSchema.nullish(),
  // Read only to refuse them where they would change the reply.
  container: z.unknown().optional(),
  context_management: z.unknown().optional(),
  mcp_servers: z.array(z.unknown()).nullish(),
});
type AnthropicRequest = z.infer<typeof requestSchema>;

const toolSchema = z.object({
  name: z.string().min(1),
  description: z.string().nullish(),
  input_schema: z.record(z.string(), z.unknown()),
  strict: z.boolean().nullish(),
});

function readTools(tools: NonNullable<AnthropicRequest["tools"]>): CanonicalTool[] {
  return tools.map((tool, index) => {
    const path = `tools[${index}]`;
    if (tool.type != null && tool.type !== "custom") {
      throw unsupportedAt(
        `${path}.type`,
        `Anthropic's own tool "${tool.type}" cannot be translated for this model.`,
      );
    }
    const { name, description, input_schema: parameters, strict } = checkClientShape(toolSchema, tool, path);
    return { name, parameters, ...presentFields({ description, strict }) };
  });
}

const choiceModes = { auto: "auto", any: "required", tool: "required", none: "none" } as const;

function readToolChoice(choice: AnthropicRequest["tool_choice"]): CanonicalToolChoice | undefined {
  if (choice == null) return undefined;
  const mode = choiceModes[choice.type];
  return choice.type === "tool" && choice.name != null ? { mode, names: [choice.name] } : { mode };
}

function readReasoning(request: AnthropicRequest): CanonicalReasoning | undefined {
  const { thinking } = request;
  const effort = request.output_config?.effort ?? undefined;
  if (thinking == null) return effort === undefined ? undefined : { enabled: true, effort };
  if (thinking.type === "disabled") return { enabled: false };
  return {
    enabled: true,
    includeThoughts: thinking.display !== "omitted",
    ...presentFields({ effort, budgetTokens: thinking.budget_tokens }),
  };
}

function refuseUntranslatable(request: AnthropicRequest): void {
  if (request.max_tokens === 0) {
    throw unsupportedAt(
      "max_tokens",
      "Filling the prompt cache without a reply cannot be translated for this model.",
    );
  }
  if (request.container != null)
    throw unsupportedAt("container", "Containers cannot be translated for this model.");
  if (request.context_management != null) {
    throw unsupportedAt("context_management", "Context management cannot be translated for this model.");
  }
  if ((request.mcp_servers ?? []).length > 0) {
    throw unsupportedAt("mcp_servers", "MCP servers cannot be translated for this model.");
  }
}

/**
 * Reads a request of `POST /v1/messages`.
 * Passed over, since the reply means the same without them: `cache_control`, `service_tier`, `speed`,
 * `inference_geo`, `diagnostics`, and whatever is not known.
 */
export function readAnthropicRequest(json: unknown, facts: RequestFacts): CanonicalChatRequest {
  const request = checkClientShape(requestSchema, json, "");
  refuseUntranslatable(request);
  const system = request.system == null ? [] : readAnthropicTexts(request.system, "system");
  const format = request.output_config?.format ?? request.output_format;
  const messages = readAnthropicMessages(request.messages);
  return {
    dialect: "anthropic",
    model: facts.model,
    stream: facts.stream,
    messages: system.length === 0 ? messages : [{ role: "system", content: system }, ...messages],
    continuesAssistant: messages.at(-1)?.role === "assistant",
    tools: readTools(request.tools ?? []),
    stopSequences: request.stop_sequences ?? [],
    candidateCount: 1,
    includeUsage: true,
    maxOutputTokens: request.max_tokens,
    ...presentFields({
      toolChoice: readToolChoice(request.tool_choice),
      parallelToolCalls: request.tool_choice?.disable_parallel_tool_use === true ? false : undefined,
      responseFormat:
        format == null ? undefined : { type: "json-schema" as const, name: "answer", schema: format.schema },
      temperature: request.temperature,
      topP: request.top_p,
      topK: request.top_k,
      reasoning: readReasoning(request),
      endUser: request.metadata?.user_id,
    }),
  };
}
