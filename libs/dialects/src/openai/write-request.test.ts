import { describe, expect, it } from "vitest";
import type { CanonicalChatRequest } from "../canonical-request.ts";
import { chatRequest } from "../testing/chat-request.ts";
import { writeOpenaiRequest } from "./write-request.ts";

const target = { providerModel: "gpt-5.1" };
const body = (fields: Partial<CanonicalChatRequest>) =>
  writeOpenaiRequest(chatRequest(fields), target).body as Record<string, unknown>;
const refusal = (code: string, parameter: string) => expect.objectContaining({ code, parameter }) as Error;

describe("a request to OpenAI", () => {
  it("refuses what OpenAI does not have, in the client's own words", () => {
    const gemini = { dialect: "gemini" as const };
    expect(() => body({ ...gemini, topK: 40 })).toThrowError(
      refusal("unsupported_feature", "generationConfig.topK"),
    );
    expect(() => body({ dialect: "anthropic", topK: 40 })).toThrowError(
      refusal("unsupported_feature", "top_k"),
    );
    expect(() => body({ dialect: "anthropic", stopSequences: ["1", "2", "3", "4", "5"] })).toThrowError(
      refusal("unsupported_feature", "stop_sequences"),
    );
    expect(() => body({ dialect: "anthropic", continuesAssistant: true })).toThrowError(
      refusal("unsupported_feature", "messages"),
    );
    const schema = { type: "array", items: { type: "string" } };
    expect(() =>
      body({ ...gemini, responseFormat: { type: "json-schema", name: "a", schema } }),
    ).toThrowError(refusal("unsupported_feature", "generationConfig.responseSchema"));
    const path = "messages[0].content[1]";
    const file = {
      type: "file" as const,
      path,
      source: { kind: "url" as const, url: "https://example.com/a.pdf" },
    };
    expect(() => body({ messages: [{ role: "user", content: [file] }] })).toThrowError(
      refusal("unsupported_feature", path),
    );
  });

  it("asks for a schema strictly where the schema allows it, or as the client said", () => {
    const closed = {
      type: "object",
      properties: { a: { type: "string" } },
      required: ["a"],
      additionalProperties: false,
    };
    const strictOf = (schema: Record<string, unknown>, strict?: boolean) =>
      (
        body({
          responseFormat: {
            type: "json-schema",
            name: "a",
            schema,
            ...(strict === undefined ? {} : { strict }),
          },
        }).response_format as { json_schema: { strict?: boolean } }
      ).json_schema.strict;
    expect(strictOf(closed)).toBe(true);
    expect(strictOf(closed, false)).toBe(false);
    expect(strictOf({ ...closed, required: [] })).toBeUndefined();
    expect(strictOf({ ...closed, properties: { a: { type: "object", properties: {} } } })).toBeUndefined();
    expect(strictOf({ type: "object", properties: {} }, true)).toBe(true);
    expect(body({ responseFormat: { type: "json-object" } }).response_format).toEqual({
      type: "json_object",
    });
  });

  it("says how much to think by effort", () => {
    const effort = (reasoning: NonNullable<CanonicalChatRequest["reasoning"]>) =>
      body({ reasoning }).reasoning_effort;
    expect(effort({ enabled: true, effort: "xhigh" })).toBe("xhigh");
    expect(effort({ enabled: true, budgetTokens: 1024 })).toBe("low");
    expect(effort({ enabled: true, budgetTokens: 8192 })).toBe("medium");
    expect(effort({ enabled: true, budgetTokens: 20_000 })).toBe("high");
    expect(effort({ enabled: true, budgetTokens: 60_000 })).toBe("xhigh");
    expect(effort({ enabled: true })).toBeUndefined();
    expect(effort({ enabled: false })).toBeUndefined();
  });

  it("writes every choice of tools, and none without tools", () => {
    const tools = [{ name: "f" }, { name: "g" }];
    const choice = (toolChoice: NonNullable<CanonicalChatRequest["toolChoice"]>) =>
      body({ tools, toolChoice }).tool_choice;
    expect(choice({ mode: "auto" })).toBe("auto");
    expect(choice({ mode: "none", names: ["f"] })).toBe("none");
    expect(choice({ mode: "required", names: ["f"] })).toEqual({ type: "function", function: { name: "f" } });
    expect(choice({ mode: "required", names: ["f", "g"] })).toEqual({
      type: "allowed_tools",
      allowed_tools: {
        mode: "required",
        tools: [
          { type: "function", function: { name: "f" } },
          { type: "function", function: { name: "g" } },
        ],
      },
    });
    expect(body({ toolChoice: { mode: "required" } })).not.toHaveProperty("tool_choice");
    expect(body({ tools: [{ name: "f" }], parallelToolCalls: false })).toMatchObject({
      tools: [{ function: { name: "f", parameters: { type: "object", properties: {} } } }],
      parallel_tool_calls: false,
    });
  });

  it("says of a failed tool that it failed, and shows its images in a message of the user's", () => {
    const { messages } = body({
      messages: [
        { role: "assistant", content: [{ type: "tool-call", id: "c", name: "f", argumentsJson: "" }] },
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              callId: "c",
              name: "f",
              isError: true,
              content: [
                { type: "text", text: "no such city" },
                { type: "image", path: "", source: { kind: "url", url: "https://example.com/a.png" } },
              ],
            },
          ],
        },
      ],
    });
    expect(messages).toEqual([
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "c", content: "Error: no such city" },
      {
        role: "user",
        content: [
          { type: "text", text: "From the result of tool call c:" },
          { type: "image_url", image_url: { url: "https://example.com/a.png" } },
        ],
      },
    ]);
  });

  it("leaves thinking and signatures out", () => {
    const { messages } = body({
      messages: [
        {
          role: "assistant",
          content: [
            { type: "thinking", text: "Hm.", signature: { from: "anthropic", value: "s" } },
            { type: "redacted-thinking", data: "d", from: "anthropic" },
            { type: "text", text: "Yes." },
            {
              type: "tool-call",
              id: "c",
              name: "f",
              argumentsJson: "{}",
              signature: { from: "gemini", value: "s" },
            },
          ],
        },
      ],
    });
    expect(messages).toEqual([
      {
        role: "assistant",
        content: "Yes.",
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
      },
    ]);
  });
});
