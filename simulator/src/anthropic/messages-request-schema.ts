import { z } from "zod";

const cached = { cache_control: z.looseObject({ type: z.literal("ephemeral") }).nullish() };
const text = z.looseObject({ type: z.literal("text"), text: z.string(), ...cached });
const image = z.looseObject({
  type: z.literal("image"),
  source: z.discriminatedUnion("type", [
    z.looseObject({
      type: z.literal("base64"),
      media_type: z.enum(["image/jpeg", "image/png", "image/gif", "image/webp"]),
      data: z.string().min(1),
    }),
    z.looseObject({ type: z.literal("url"), url: z.string() }),
    z.looseObject({ type: z.literal("file"), file_id: z.string() }),
  ]),
});
const document = z.looseObject({ type: z.literal("document"), source: z.looseObject({ type: z.string() }) });
const resultContent = z.union([z.string(), z.array(z.discriminatedUnion("type", [text, image, document]))]);

const block = z.discriminatedUnion("type", [
  text,
  image,
  document,
  z.looseObject({ type: z.literal("thinking"), thinking: z.string(), signature: z.string() }),
  z.looseObject({ type: z.literal("redacted_thinking"), data: z.string() }),
  z.looseObject({
    type: z.literal("tool_use"),
    id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
    name: z.string().min(1),
    input: z.looseObject({}),
  }),
  z.looseObject({
    type: z.literal("tool_result"),
    tool_use_id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
    content: resultContent.optional(),
    is_error: z.boolean().optional(),
  }),
]);
export type AnthropicBlock = z.infer<typeof block>;

const message = z.looseObject({
  role: z.enum(["user", "assistant", "system"]),
  content: z.union([z.string(), z.array(block)]),
});
export type AnthropicMessage = z.infer<typeof message>;

const tool = z.looseObject({
  type: z.string().nullish(),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/),
  description: z.string().optional(),
  /** Only Anthropic's own tools go without. */
  input_schema: z.looseObject({ type: z.literal("object") }).optional(),
});

const choice = { disable_parallel_tool_use: z.boolean().optional() };
const toolChoice = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("auto"), ...choice }),
  z.looseObject({ type: z.literal("any"), ...choice }),
  z.looseObject({ type: z.literal("tool"), name: z.string(), ...choice }),
  z.looseObject({ type: z.literal("none") }),
]);

const display = { display: z.enum(["summarized", "omitted"]).nullish() };
const thinking = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("enabled"), budget_tokens: z.int().min(1024), ...display }),
  z.looseObject({ type: z.literal("adaptive"), ...display }),
  z.looseObject({ type: z.literal("between_tools") }),
  z.looseObject({ type: z.literal("disabled") }),
]);

/** What `POST /v1/messages` takes; what is not listed is let through unread. */
export const anthropicMessagesRequestSchema = z.looseObject({
  model: z.string().min(1),
  max_tokens: z.int().min(1),
  messages: z.array(message),
  system: z.union([z.string(), z.array(text)]).optional(),
  stream: z.boolean().optional(),
  temperature: z.number().min(0).max(1).optional(),
  stop_sequences: z.array(z.string()).optional(),
  tools: z.array(tool).optional(),
  tool_choice: toolChoice.optional(),
  thinking: thinking.optional(),
  output_config: z
    .looseObject({
      format: z.looseObject({ type: z.literal("json_schema"), schema: z.looseObject({}) }).nullish(),
    })
    .optional(),
});
export type AnthropicMessagesRequest = z.infer<typeof anthropicMessagesRequestSchema>;
