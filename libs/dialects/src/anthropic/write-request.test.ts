import { describe, expect, it } from "vitest";
import type { CanonicalChatRequest, CanonicalReasoning } from "../canonical-request.ts";
import { chatRequest } from "../testing/chat-request.ts";
import { jsonToolName } from "./json-tool.ts";
import { writeAnthropicRequest } from "./write-request.ts";

const older = "claude-sonnet-4-5-20250929";
const newer = "claude-opus-4-8";
const body = (fields: Partial<CanonicalChatRequest>, providerModel = older) =>
  writeAnthropicRequest(chatRequest(fields), { providerModel }).body as Record<string, unknown>;
const refusal = (parameter: string) =>
  expect.objectContaining({ code: "unsupported_feature", parameter }) as Error;

describe("a request to Anthropic", () => {
  it.each([
    ["n", { candidateCount: 2 }],
    ["logprobs", { logprobs: { alternatives: 1 } }],
    ["frequency_penalty", { frequencyPenalty: 0.5 }],
    ["presence_penalty", { presencePenalty: -0.5 }],
    ["temperature", { temperature: 1.5 }],
  ] as const)("refuses %s, which Anthropic does not have", (parameter, fields) => {
    expect(() => body(fields)).toThrowError(refusal(parameter));
  });

  it.each([
    [
      "messages[0].content[0]",
      {
        type: "audio",
        path: "messages[0].content[0]",
        source: { kind: "base64", mediaType: "audio/wav", data: "" },
      },
    ],
    [
      "contents[0]",
      { type: "image", path: "contents[0]", source: { kind: "base64", mediaType: "image/heic", data: "" } },
    ],
    [
      "contents[1]",
      {
        type: "file",
        path: "contents[1]",
        source: { kind: "base64", mediaType: "application/zip", data: "" },
      },
    ],
  ] as const)("refuses media at %s that Anthropic does not take", (parameter, part) => {
    expect(() => body({ messages: [{ role: "user", content: [part] }] })).toThrowError(refusal(parameter));
  });

  it("takes penalties of 0 and a seed, which change nothing", () => {
    expect(body({ frequencyPenalty: 0, presencePenalty: 0, seed: 7 })).toEqual({
      model: older,
      max_tokens: 16_384,
      messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
    });
  });

  it("always sets a limit of tokens, by the model", () => {
    expect(body({ maxOutputTokens: 50 }).max_tokens).toBe(50);
    expect(body({}, "claude-3-haiku-20240307").max_tokens).toBe(4096);
    expect(body({}, "claude-3-5-sonnet-20241022").max_tokens).toBe(8192);
    expect(body({}, "claude-opus-5").max_tokens).toBe(16_384);
  });

  it("sends sampling parameters only to models that take them", () => {
    const sampling = { temperature: 0.2, topP: 0.9, topK: 5 };
    expect(body(sampling)).toMatchObject({ temperature: 0.2, top_p: 0.9, top_k: 5 });
    expect(() => body({ temperature: 0.2 }, newer)).toThrowError(refusal("temperature"));
    expect(() => body({ dialect: "gemini", topK: 1 }, newer)).toThrowError(refusal("generationConfig.topK"));
    expect(body({ temperature: 1, topP: 1 }, newer)).not.toHaveProperty("temperature");
  });

  it("gathers system messages, wherever they stand, into the system prompt", () => {
    const text = (value: string) => [{ type: "text" as const, text: value }];
    expect(
      body({
        messages: [
          { role: "system", content: text("One") },
          { role: "user", content: text("Hello") },
          { role: "system", content: text("Two") },
          { role: "user", content: text("Still there?") },
        ],
      }),
    ).toMatchObject({
      system: [{ text: "One" }, { text: "Two" }],
      messages: [{ content: [{ text: "Hello" }, { text: "Still there?" }] }],
    });
  });

  it("writes thinking as each model knows it", () => {
    const written = (reasoning: CanonicalReasoning, model: string, maxOutputTokens?: number) => {
      const { thinking, output_config, max_tokens } = body(
        { reasoning, ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }) },
        model,
      );
      return { thinking, output_config, max_tokens };
    };
    const high: CanonicalReasoning = { enabled: true, effort: "high" };
    expect(written(high, newer)).toEqual({
      thinking: { type: "adaptive" },
      output_config: { effort: "high" },
      max_tokens: 16_384,
    });
    expect(written({ enabled: true, budgetTokens: 2000, includeThoughts: true }, newer)).toMatchObject({
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "medium" },
    });
    expect(written({ enabled: true, effort: "minimal", includeThoughts: false }, newer)).toMatchObject({
      thinking: { type: "adaptive", display: "omitted" },
      output_config: { effort: "low" },
    });
    expect(written(high, older)).toMatchObject({
      thinking: { type: "enabled", budget_tokens: 24_576 },
      max_tokens: 16_384 + 24_576,
    });
    expect(written(high, older, 3000)).toMatchObject({ thinking: { budget_tokens: 2999 }, max_tokens: 3000 });
    expect(written(high, older, 500)).toEqual({
      thinking: undefined,
      output_config: undefined,
      max_tokens: 500,
    });
    expect(written({ enabled: false }, newer)).toMatchObject({ thinking: { type: "disabled" } });
    expect(written({ enabled: false }, "claude-fable-5")).toMatchObject({
      thinking: undefined,
      output_config: { effort: "low" },
    });
  });

  it("does not ask for thinking under a forced call, nor after calls that Anthropic did not sign", () => {
    const reasoning: CanonicalReasoning = { enabled: true, effort: "high" };
    const tools = [{ name: "f" }];
    const toolChoice = { mode: "required" as const };
    expect(body({ reasoning, tools, toolChoice })).not.toHaveProperty("thinking");
    expect(body({ reasoning, tools, toolChoice }, newer)).not.toHaveProperty("thinking");
    const turn = (signature?: { from: "anthropic"; value: string }): CanonicalChatRequest["messages"] => [
      { role: "user", content: [{ type: "text", text: "Hello" }] },
      {
        role: "assistant",
        content: [
          { type: "thinking", text: "Hm.", ...(signature === undefined ? {} : { signature }) },
          { type: "tool-call", id: "c", name: "f", argumentsJson: "{}" },
        ],
      },
      {
        role: "tool",
        content: [{ type: "tool-result", callId: "c", name: "f", content: [], isError: false }],
      },
    ];
    expect(body({ reasoning, tools, messages: turn() })).not.toHaveProperty("thinking");
    const signed = body({ reasoning, tools, messages: turn({ from: "anthropic", value: "s" }) });
    expect(signed).toMatchObject({
      thinking: { type: "enabled" },
      messages: [{}, { content: [{ type: "thinking", signature: "s" }, { type: "tool_use" }] }, {}],
    });
  });

  it("writes every choice of tools", () => {
    const tools = [{ name: "f" }, { name: "g", parameters: { properties: {} }, strict: true }];
    expect(body({ tools })).toMatchObject({
      tools: [
        { name: "f", input_schema: { type: "object", properties: {} } },
        { name: "g", input_schema: { type: "object", properties: {} }, strict: true },
      ],
    });
    expect(body({ tools })).not.toHaveProperty("tool_choice");
    expect(body({ tools, parallelToolCalls: false }).tool_choice).toEqual({
      type: "auto",
      disable_parallel_tool_use: true,
    });
    expect(body({ tools, toolChoice: { mode: "required", names: ["g"] } })).toMatchObject({
      tools: [{ name: "g" }],
      tool_choice: { type: "tool", name: "g" },
    });
    expect(body({ tools, toolChoice: { mode: "required" } }).tool_choice).toEqual({ type: "any" });
    expect(body({ tools, toolChoice: { mode: "none" } }).tool_choice).toEqual({ type: "none" });
  });

  it("declares the tools of the conversation where the client offers none any more", () => {
    const messages: CanonicalChatRequest["messages"] = [
      { role: "assistant", content: [{ type: "tool-call", id: "a:1", name: "f", argumentsJson: '{"x":' }] },
      {
        role: "tool",
        content: [{ type: "tool-result", callId: "a:1", name: "f", content: [], isError: true }],
      },
    ];
    expect(body({ messages })).toMatchObject({
      tools: [{ name: "f", input_schema: { type: "object" } }],
      tool_choice: { type: "none" },
      messages: [
        { content: [{ type: "tool_use", id: "a_1", input: {} }] },
        { content: [{ type: "tool_result", tool_use_id: "a_1", is_error: true }] },
      ],
    });
  });

  it("asks for JSON by the output format, or by a tool that takes the answer", () => {
    const schema = { type: "object", properties: {}, additionalProperties: false };
    const responseFormat = { type: "json-schema" as const, name: "n", schema };
    expect(body({ responseFormat }).output_config).toEqual({ format: { type: "json_schema", schema } });
    const forced = { type: "tool", name: jsonToolName };
    expect(body({ responseFormat }, "claude-3-7-sonnet-20250219")).toMatchObject({
      tools: [{ name: jsonToolName, input_schema: schema }],
      tool_choice: forced,
    });
    expect(body({ responseFormat: { type: "json-object" } }, newer).tool_choice).toEqual(forced);
    const tools = [{ name: "f" }];
    expect(body({ responseFormat: { type: "json-object" }, tools })).toMatchObject({
      tools: [{ name: "f" }, { name: jsonToolName }],
      tool_choice: { type: "any" },
    });
    expect(
      body({ responseFormat: { type: "json-object" }, tools, toolChoice: { mode: "none" } }).tool_choice,
    ).toEqual(forced);
  });
});
