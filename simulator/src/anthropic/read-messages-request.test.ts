import { expect, test } from "vitest";
import { readAnthropicMessages } from "./read-messages-request.ts";

const base = { model: "claude-sonnet-4-5", max_tokens: 2_000 };
const user = { role: "user", content: "Hi" };
const call = (id: string) => ({ type: "tool_use", id, name: "f", input: {} });
const result = (id: string) => ({ type: "tool_result", tool_use_id: id, content: "42" });
const thinking = { type: "enabled", budget_tokens: 1_024 };

test.each([
  ["no max_tokens", { model: "m", messages: [user] }, "max_tokens: Field required"],
  ["no messages", base, "messages: Field required"],
  ["empty messages", { ...base, messages: [] }, "at least one message is required"],
  [
    "an unknown role",
    { ...base, messages: [{ role: "tool", content: "x" }] },
    "messages.0.role: Input should be 'user'",
  ],
  [
    "an assistant at the beginning",
    { ...base, messages: [{ role: "assistant", content: "x" }, user] },
    'must use the "user" role',
  ],
  [
    "empty content",
    { ...base, messages: [{ role: "user", content: "" }] },
    "messages.0: all messages must have non-empty content",
  ],
  [
    "an empty text block",
    { ...base, messages: [{ role: "user", content: [{ type: "text", text: "" }] }] },
    "text content blocks must be non-empty",
  ],
  [
    "OpenAI's image part",
    { ...base, messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
    "messages.0.content.0.type: Input tag 'image_url'",
  ],
  [
    "a result that answers nothing",
    { ...base, messages: [{ role: "user", content: [result("toolu_1")] }] },
    "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1",
  ],
  [
    "a call without a result",
    { ...base, messages: [user, { role: "assistant", content: [call("toolu_1")] }, user] },
    "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1",
  ],
  [
    "a result behind other content",
    {
      ...base,
      messages: [
        user,
        { role: "assistant", content: [call("toolu_1")] },
        { role: "user", content: [{ type: "text", text: "so" }, result("toolu_1")] },
      ],
    },
    "immediately after: toolu_1",
  ],
  [
    "a call in the user's mouth",
    { ...base, messages: [{ role: "user", content: [call("toolu_1")] }] },
    "can only be in `assistant` messages",
  ],
  [
    "an id with a dot",
    { ...base, messages: [user, { role: "assistant", content: [call("a.b")] }] },
    "String should match pattern '^[a-zA-Z0-9_-]+$'",
  ],
  [
    "a temperature above 1",
    { ...base, temperature: 1.5, messages: [user] },
    "temperature: Input should be less than or equal to 1",
  ],
  [
    "a tool without a schema",
    { ...base, messages: [user], tools: [{ name: "f" }] },
    "tools.0.custom.input_schema: Field required",
  ],
  [
    "a thinking budget without room",
    { ...base, max_tokens: 1_000, thinking, messages: [user] },
    "`max_tokens` must be greater",
  ],
  [
    "thinking with a temperature",
    { ...base, temperature: 0.2, thinking, messages: [user] },
    "`temperature` may only be set to 1",
  ],
  [
    "thinking that was left out of the history",
    {
      ...base,
      thinking,
      messages: [
        user,
        { role: "assistant", content: [call("toolu_1")] },
        { role: "user", content: [result("toolu_1")] },
      ],
    },
    "must start with a thinking block",
  ],
  [
    "an open output schema",
    {
      ...base,
      messages: [user],
      output_config: { format: { type: "json_schema", schema: { type: "object", properties: {} } } },
    },
    "'additionalProperties' must be explicitly set to false",
  ],
])("%s is refused", (_name, body, message) => {
  expect(() => readAnthropicMessages(body)).toThrow(
    expect.objectContaining({ status: 400, message: expect.stringContaining(message) }),
  );
});

test("consecutive messages of one role are one turn, tool results among them", () => {
  const read = readAnthropicMessages({
    ...base,
    system: [{ type: "text", text: "Be brief." }],
    messages: [
      user,
      user,
      { role: "assistant", content: [call("toolu_1"), call("toolu_2")] },
      { role: "user", content: [result("toolu_1")] },
      { role: "user", content: [result("toolu_2")] },
    ],
  });
  expect(read.prompt).toMatchObject({ messageCount: 6, lastUserText: "Hi", toolResult: "42" });
});
