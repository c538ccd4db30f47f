import fc from "fast-check";
import { expect, test } from "vitest";
import { readPromptContent } from "./prompt-content.ts";

const none = {
  system: [],
  messages: [],
  images: 0,
  audio: 0,
  files: 0,
  tools: 0,
  json: false,
  reasoning: false,
};

test("what an OpenAI chat says", () => {
  const body = {
    messages: [
      { role: "developer", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "What is" },
          { type: "image_url", image_url: { url: "https://a/b.png" } },
          { type: "input_audio", input_audio: { data: "AA", format: "wav" } },
          { type: "file", file: { file_id: "f" } },
          { type: "text", text: "this?" },
        ],
      },
      { role: "assistant", content: null, tool_calls: [{}] },
      { role: "tool", tool_call_id: "1", content: "A cat." },
    ],
    tools: [{ type: "function" }, { type: "function" }],
    response_format: { type: "json_schema" },
    reasoning_effort: "high",
  };
  expect(readPromptContent("openai", body)).toEqual({
    system: ["Be brief."],
    messages: [
      { role: "user", text: "What is\nthis?" },
      { role: "assistant", text: "" },
      { role: "tool", text: "A cat." },
    ],
    images: 1,
    audio: 1,
    files: 1,
    tools: 2,
    json: true,
    reasoning: true,
  });
});

test("what Anthropic's messages say", () => {
  const body = {
    system: [{ type: "text", text: "Be brief." }],
    messages: [
      {
        role: "user",
        content: [
          {
            type: "tool_result",
            content: [
              { type: "text", text: "Seen" },
              { type: "image", source: {} },
            ],
          },
          { type: "document", source: {} },
          { type: "text", text: "And?" },
        ],
      },
    ],
    tools: [{ name: "look" }],
    thinking: { type: "enabled", budget_tokens: 2000 },
  };
  expect(readPromptContent("anthropic", body)).toEqual({
    ...none,
    system: ["Be brief."],
    messages: [{ role: "user", text: "Seen\nAnd?" }],
    images: 1,
    files: 1,
    tools: 1,
    reasoning: true,
  });
});

test("what a Gemini request says, in both of its spellings", () => {
  const body = {
    systemInstruction: { parts: [{ text: "Be brief." }] },
    contents: [
      {
        parts: [
          { text: "What?" },
          { inlineData: { mimeType: "image/png", data: "AA" } },
          { file_data: { mime_type: "audio/mp3", file_uri: "u" } },
          { fileData: { mimeType: "application/pdf", fileUri: "u" } },
        ],
      },
      { role: "model", parts: [{ text: "That." }] },
    ],
    tools: [{ functionDeclarations: [{}, {}] }, { googleSearch: {} }],
    generationConfig: { responseMimeType: "application/json", thinkingConfig: { thinkingBudget: 100 } },
  };
  expect(readPromptContent("gemini", body)).toEqual({
    system: ["Be brief."],
    messages: [
      { role: "user", text: "What?" },
      { role: "model", text: "That." },
    ],
    images: 1,
    audio: 1,
    files: 1,
    tools: 3,
    json: true,
    reasoning: true,
  });
});

test.each([
  [{ input: "a" }, [{ role: "user", text: "a" }]],
  [{ input: ["a", "b"] }, [{ role: "user", text: "a\nb" }]],
  [{ input: [[1, 2]] }, []],
])("what %j is to embed", (body, messages) => {
  expect(readPromptContent("openai", body)).toEqual({ ...none, messages });
});

test("no body is refused, whatever its shape", () => {
  const names = fc.constantFrom(
    "messages",
    "contents",
    "content",
    "parts",
    "system",
    "tools",
    "type",
    "role",
    "text",
  );
  const body = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.jsonValue(),
      fc.array(tie("value")),
      fc.dictionary(names, tie("value")),
    ),
  })).value;
  fc.assert(
    fc.property(
      fc.constantFrom("openai" as const, "anthropic" as const, "gemini" as const),
      body,
      (dialect, json) => {
        const { system, messages } = readPromptContent(dialect, json);
        expect(
          [...system, ...messages.map(({ text }) => text)].every((text) => typeof text === "string"),
        ).toBe(true);
      },
    ),
  );
});
