import { expect, test } from "vitest";
import { readOpenAiChat } from "./read-chat-request.ts";

const user = { role: "user", content: "Hi" };
const call = { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } };
const tool = (strict: boolean, parameters: unknown) => ({
  type: "function",
  function: { name: "f", strict, parameters },
});

const base = { model: "gpt-4o", messages: [user] };

test.each([
  ["no messages", { model: "gpt-4o" }, "messages", "Missing required parameter: 'messages'."],
  ["empty messages", { ...base, messages: [] }, "messages", "empty array"],
  [
    "an unknown role",
    { ...base, messages: [{ role: "human", content: "" }] },
    "messages[0].role",
    "Supported values are",
  ],
  [
    "a number as content",
    { ...base, messages: [{ role: "user", content: 5 }] },
    "messages[0].content",
    "an integer",
  ],
  [
    "Anthropic's image block",
    { ...base, messages: [{ role: "user", content: [{ type: "image", source: {} }] }] },
    "messages[0].content[0].type",
    "'image_url'",
  ],
  [
    "a tool result that answers nothing",
    { ...base, messages: [user, { role: "tool", tool_call_id: "x", content: "" }] },
    "messages.[1].role",
    "'tool_calls'",
  ],
  [
    "a call without its result",
    { ...base, messages: [user, { role: "assistant", tool_calls: [call] }, user] },
    "messages.[2].role",
    "call_1",
  ],
  [
    "max_tokens for a reasoning model",
    { ...base, model: "gpt-5-mini", max_tokens: 5 },
    "max_tokens",
    "max_completion_tokens",
  ],
  [
    "stream_options without a stream",
    { ...base, stream_options: {} },
    "stream_options",
    "'stream' is enabled",
  ],
  ["tool_choice without tools", { ...base, tool_choice: "auto" }, "tool_choice", "'tools' are specified"],
  [
    "a JSON object that nobody speaks of",
    { ...base, response_format: { type: "json_object" } },
    "messages",
    "'json'",
  ],
  [
    "a strict schema that is open",
    { ...base, tools: [tool(true, { type: "object", properties: {} })] },
    "tools[0].function.parameters",
    "additionalProperties",
  ],
  [
    "a strict schema with an optional property",
    {
      ...base,
      tools: [
        tool(true, {
          type: "object",
          additionalProperties: false,
          properties: { a: { type: "string" } },
          required: [],
        }),
      ],
    },
    "tools[0].function.parameters",
    "Missing 'a'",
  ],
  [
    "a tool name with a space",
    { ...base, tools: [{ type: "function", function: { name: "a b" } }] },
    "tools[0].function.name",
    "does not match pattern",
  ],
])("%s is refused", (_name, body, parameter, message) => {
  expect(() => readOpenAiChat(body)).toThrow(
    expect.objectContaining({ status: 400, parameter, message: expect.stringContaining(message) }),
  );
});

test("a conversation with tools, all roles and unknown fields is taken", () => {
  const read = readOpenAiChat({
    ...base,
    new_field: true,
    messages: [
      { role: "system", content: "Be brief." },
      { role: "developer", content: [{ type: "text", text: "Be kind." }] },
      user,
      { role: "assistant", content: null, tool_calls: [call, { ...call, id: "call_2" }] },
      { role: "tool", tool_call_id: "call_1", content: "42" },
      { role: "tool", tool_call_id: "call_2", content: "43" },
    ],
    tools: [tool(false, { type: "object", properties: {} })],
  });
  expect(read.prompt).toMatchObject({
    text: "Be brief.Be kind.Hif{}f{}4243",
    messageCount: 6,
    lastUserText: "Hi",
    toolResult: "42 43",
    tools: [{ name: "f" }],
  });
});
