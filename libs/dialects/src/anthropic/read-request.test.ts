import { describe, expect, it } from "vitest";
import { readAnthropicRequest } from "./read-request.ts";

const facts = { model: "assistant", stream: false };
const hello = [{ role: "user", content: "Hello" }];
const read = (body: Record<string, unknown>) =>
  readAnthropicRequest({ max_tokens: 100, messages: hello, ...body }, facts);
const user = (block: unknown) => ({ messages: [{ role: "user", content: [block] }] });

describe("an Anthropic request", () => {
  it.each([
    ["max_tokens", { max_tokens: undefined }],
    ["messages", { messages: undefined }],
    ["messages[0].role", { messages: [{ role: "tool", content: "x" }] }],
    ["messages[0].content", { messages: [{ role: "user", content: 5 }] }],
    ["messages[0].content[0].text", user({ type: "text" })],
    ["messages[0].content[0].source", user({ type: "image" })],
    [
      "messages[0].content[0].source.media_type",
      user({ type: "image", source: { type: "base64", data: "" } }),
    ],
    ["messages[0].content[0].tool_use_id", user({ type: "tool_result", tool_use_id: "x" })],
    ["system[0].type", { system: [{ type: "image" }] }],
    ["thinking.type", { thinking: { type: "much" } }],
    ["tools[0].input_schema", { tools: [{ name: "f" }] }],
    ["tool_choice.type", { tool_choice: { type: "required" } }],
    ["output_config.effort", { output_config: { effort: "huge" } }],
  ])("is refused where %s is wrong", (parameter, body) => {
    expect(() => read(body)).toThrowError(expect.objectContaining({ code: "invalid_request", parameter }));
  });

  it.each([
    ["messages[0].content[0].type", user({ type: "search_result" })],
    ["messages[0].content[0].source.type", user({ type: "image", source: { type: "file", file_id: "f" } })],
    [
      "messages[0].content[0].citations",
      user({ type: "document", source: { type: "text", data: "x" }, citations: { enabled: true } }),
    ],
    ["tools[0].type", { tools: [{ type: "web_search_20260318", name: "web_search" }] }],
    ["max_tokens", { max_tokens: 0 }],
    ["container", { container: "c" }],
    ["context_management", { context_management: { edits: [] } }],
    ["mcp_servers", { mcp_servers: [{}] }],
  ])("that needs %s cannot be translated, and says so", (parameter, body) => {
    expect(() => read(body)).toThrowError(
      expect.objectContaining({ code: "unsupported_feature", parameter }),
    );
  });

  it("may write its system prompt as a string, as blocks, and as messages", () => {
    const system = (text: string) => ({ role: "system", content: [{ type: "text", text }] });
    expect(read({ system: "One" }).messages[0]).toEqual(system("One"));
    expect(read({ system: [{ type: "text", text: "One" }] }).messages[0]).toEqual(system("One"));
    expect(read({ messages: [...hello, { role: "system", content: "Two" }] }).messages[1]).toEqual(
      system("Two"),
    );
  });

  it("tells how its model shall think", () => {
    expect(read({ thinking: { type: "enabled", budget_tokens: 2000 } }).reasoning).toEqual({
      enabled: true,
      includeThoughts: true,
      budgetTokens: 2000,
    });
    expect(
      read({ thinking: { type: "adaptive", display: "omitted" }, output_config: { effort: "max" } })
        .reasoning,
    ).toEqual({ enabled: true, includeThoughts: false, effort: "max" });
    expect(read({ thinking: { type: "disabled" } }).reasoning).toEqual({ enabled: false });
    expect(read({ output_config: { effort: "low" } }).reasoning).toEqual({ enabled: true, effort: "low" });
  });

  it("carries output format, tool choice and the wish for one call at a time", () => {
    const format = { type: "json_schema", schema: { type: "object" } };
    const expected = { type: "json-schema", name: "answer", schema: { type: "object" } };
    expect(read({ output_config: { format } }).responseFormat).toEqual(expected);
    expect(read({ output_format: format }).responseFormat).toEqual(expected);
    const chosen = read({ tool_choice: { type: "tool", name: "f", disable_parallel_tool_use: true } });
    expect(chosen.toolChoice).toEqual({ mode: "required", names: ["f"] });
    expect(chosen.parallelToolCalls).toBe(false);
  });

  it("keeps signed, hidden and foreign thinking apart", () => {
    const foreign = Buffer.from("sluice:gemini:signature:c2ln").toString("base64");
    const { messages, continuesAssistant } = read({
      messages: [
        ...hello,
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "Hm.", signature: "sig" },
            { type: "redacted_thinking", data: "hidden" },
            { type: "thinking", thinking: "", signature: foreign },
            { type: "tool_use", id: "t", name: "f", input: { a: 1 } },
          ],
        },
      ],
    });
    expect(continuesAssistant).toBe(true);
    expect(messages[1]?.content).toEqual([
      { type: "thinking", text: "Hm.", signature: { from: "anthropic", value: "sig" } },
      { type: "redacted-thinking", data: "hidden", from: "anthropic" },
      {
        type: "tool-call",
        id: "t",
        name: "f",
        argumentsJson: '{"a":1}',
        signature: { from: "gemini", value: "c2ln" },
      },
    ]);
  });

  it("puts results of tools before the user's words, with images and failures", () => {
    const { messages } = read({
      messages: [
        { role: "assistant", content: [{ type: "tool_use", id: "t", name: "f", input: {} }] },
        {
          role: "user",
          content: [
            { type: "text", text: "Here." },
            {
              type: "tool_result",
              tool_use_id: "t",
              is_error: true,
              content: [{ type: "image", source: { type: "url", url: "https://example.com/a.png" } }],
            },
          ],
        },
      ],
    });
    expect(messages.slice(1)).toMatchObject([
      { role: "tool", content: [{ callId: "t", name: "f", isError: true, content: [{ type: "image" }] }] },
      { role: "user", content: [{ text: "Here." }] },
    ]);
  });

  it("reads documents of text as text, with title and context", () => {
    const source = { type: "text", media_type: "text/plain", data: "Body" };
    const { messages } = read(user({ type: "document", source, title: "Title", context: "About" }));
    expect(messages[0]?.content).toEqual([{ type: "text", text: "Title\n\nAbout\n\nBody" }]);
  });
});
