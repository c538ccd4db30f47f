import { describe, expect, it } from "vitest";
import { readOpenaiRequest } from "./read-request.ts";

const facts = { model: "assistant", stream: false };
const hello = [{ role: "user", content: "Hello" }];
const read = (body: Record<string, unknown>) => readOpenaiRequest({ messages: hello, ...body }, facts);
const user = (part: unknown) => ({ messages: [{ role: "user", content: [part] }] });

describe("an OpenAI request", () => {
  it.each([
    ["messages", { messages: undefined }],
    ["messages", { messages: [] }],
    ["messages[0].role", { messages: [{ content: "x" }] }],
    ["messages[0].role", { messages: [{ role: "robot", content: "x" }] }],
    ["messages[0].content", { messages: [{ role: "user" }] }],
    ["messages[0].content[0].type", { messages: [{ role: "user", content: [{}] }] }],
    ["messages[0].content[0].text", user({ type: "text" })],
    ["messages[0].content[0].image_url.url", user({ type: "image_url", image_url: {} })],
    ["messages[0].content[0].image_url.url", user({ type: "image_url", image_url: { url: "ftp://x" } })],
    [
      "messages[0].content[0].input_audio.format",
      user({ type: "input_audio", input_audio: { data: "", format: "ogg" } }),
    ],
    ["messages[0].content[0].file.file_data", user({ type: "file", file: { file_data: "JVBERi0=" } })],
    ["messages[0].content[0].type", { messages: [{ role: "system", content: [{ type: "image_url" }] }] }],
    ["messages[0].tool_call_id", { messages: [{ role: "tool", tool_call_id: "x", content: "y" }] }],
    ["temperature", { temperature: "warm" }],
    ["n", { n: 0 }],
    ["max_tokens", { max_tokens: 1.5 }],
    ["top_logprobs", { top_logprobs: 21 }],
    ["reasoning_effort", { reasoning_effort: "huge" }],
    ["tools[0].function.name", { tools: [{ type: "function", function: {} }] }],
    ["tool_choice", { tool_choice: "maybe" }],
    ["response_format.json_schema.name", { response_format: { type: "json_schema", json_schema: {} } }],
  ])("is refused where %s is wrong", (parameter, body) => {
    expect(() => read(body)).toThrowError(expect.objectContaining({ code: "invalid_request", parameter }));
  });

  it.each([
    ["messages[0].content[0].type", user({ type: "video_url" })],
    ["messages[0].content[0].file.file_id", user({ type: "file", file: { file_id: "file-1" } })],
    ["messages[0].role", { messages: [{ role: "function", name: "f", content: "x" }] }],
    ["logit_bias", { logit_bias: { "50256": -100 } }],
    ["modalities", { modalities: ["text", "audio"] }],
    ["web_search_options", { web_search_options: {} }],
    ["functions", { functions: [] }],
    ["tools[0].type", { tools: [{ type: "custom", custom: { name: "x" } }] }],
    ["response_format.type", { response_format: { type: "grammar" } }],
  ])("that needs %s cannot be translated, and says so", (parameter, body) => {
    expect(() => read(body)).toThrowError(
      expect.objectContaining({ code: "unsupported_feature", parameter }),
    );
  });

  it("that is no object is refused", () => {
    expect(() => readOpenaiRequest([], facts)).toThrowError(
      expect.objectContaining({ code: "invalid_request", parameter: undefined }),
    );
  });

  it("may hold null for what is not given, and fields that nobody knows", () => {
    expect(
      read({ temperature: null, stop: null, tools: null, stream_options: null, new_field: { a: 1 } }),
    ).toEqual({
      dialect: "openai",
      ...facts,
      messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
      continuesAssistant: false,
      tools: [],
      stopSequences: [],
      candidateCount: 1,
      includeUsage: false,
    });
  });

  it("carries everything that can be said in another dialect", () => {
    const tools = [
      { type: "function", function: { name: "f", parameters: { type: "object" }, strict: true } },
    ];
    expect(
      read({
        n: 2,
        max_tokens: 5,
        frequency_penalty: 0.1,
        presence_penalty: 0.2,
        seed: 3,
        logprobs: true,
        top_logprobs: 4,
        stop: "END",
        reasoning_effort: "high",
        response_format: {
          type: "json_schema",
          json_schema: { name: "n", schema: { type: "object" }, strict: true },
        },
        stream_options: { include_usage: true },
        tools,
        tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [tools[0]] } },
        parallel_tool_calls: false,
        safety_identifier: "hash",
      }),
    ).toMatchObject({
      candidateCount: 2,
      maxOutputTokens: 5,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
      seed: 3,
      logprobs: { alternatives: 4 },
      stopSequences: ["END"],
      reasoning: { enabled: true, effort: "high" },
      responseFormat: { type: "json-schema", name: "n", schema: { type: "object" }, strict: true },
      includeUsage: true,
      tools: [{ name: "f", parameters: { type: "object" }, strict: true }],
      toolChoice: { mode: "auto", names: ["f"] },
      parallelToolCalls: false,
      endUser: "hash",
    });
    expect(read({ reasoning_effort: "none" }).reasoning).toEqual({ enabled: false });
    expect(read({ tool_choice: { type: "function", function: { name: "f" } } }).toolChoice).toEqual({
      mode: "required",
      names: ["f"],
    });
  });

  it("carries thinking, refusals, audio and signed tool calls of the conversation", () => {
    const { messages } = read({
      messages: [
        {
          role: "user",
          content: [{ type: "input_audio", input_audio: { data: "UklGRg==", format: "wav" } }],
        },
        {
          role: "assistant",
          content: null,
          refusal: "No.",
          reasoning_content: "Hm.",
          tool_calls: [
            {
              id: "c",
              type: "function",
              function: { name: "f", arguments: "" },
              extra_content: { google: { thought_signature: "c2ln" } },
            },
          ],
        },
      ],
    });
    expect(messages).toMatchObject([
      { role: "user", content: [{ type: "audio", source: { mediaType: "audio/wav", data: "UklGRg==" } }] },
      {
        role: "assistant",
        content: [
          { type: "thinking", text: "Hm." },
          { type: "refusal", text: "No." },
          { type: "tool-call", id: "c", argumentsJson: "", signature: { from: "gemini", value: "c2ln" } },
        ],
      },
    ]);
  });
});
