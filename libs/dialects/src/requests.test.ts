import { type DialectName, dialectNames } from "@sluice/contracts/dialect-name";
import { describe, expect, it } from "vitest";
import type { CanonicalChatRequest } from "./canonical-request.ts";
import { getDialect } from "./dialects.ts";
import { jsonFixture } from "./testing/read-fixture.ts";

const facts = { model: "assistant", stream: false };
const models = { openai: "gpt-5.1", anthropic: "claude-sonnet-4-5", gemini: "gemini-2.5-flash" };
const pairs = dialectNames.flatMap((client) => dialectNames.map((provider) => ({ client, provider })));

function read(client: DialectName, change: Record<string, unknown> = {}): CanonicalChatRequest {
  return getDialect(client).readChatRequest(
    { ...(jsonFixture(`${client}-request`) as object), ...change },
    facts,
  );
}

/** As the client said it, without the ids that only it knows, and with `top_p` out of the way of Claude. */
function essence(request: CanonicalChatRequest) {
  const ids: string[] = [];
  const positionOf = (id: string) => (ids.includes(id) ? ids.indexOf(id) : ids.push(id) - 1);
  return {
    ...request,
    dialect: undefined,
    includeUsage: undefined,
    endUser: undefined,
    tools: request.tools.map(({ name, description }) => ({ name, description })),
    messages: request.messages.map((message) => ({
      role: message.role,
      content: message.content.map((part) => {
        switch (part.type) {
          case "tool-call":
            return { ...part, id: positionOf(part.id) };
          case "tool-result":
            return { ...part, callId: positionOf(part.callId) };
          case "image":
          case "audio":
            return { type: part.type, source: { ...part.source, mediaType: undefined } };
          case "file":
            return { type: part.type, source: part.source };
          default:
            return part;
        }
      }),
    })),
  };
}

describe("requests", () => {
  it.each(dialectNames)("of a client of %s mean the same, whatever it speaks", (client) => {
    const expected = essence(read("openai", { tools: undefined, tool_choice: "required", top_p: undefined }));
    const tools = [{ name: "get_weather", description: "Weather of a city" }];
    const asRead = essence(read(client, client === "openai" ? { top_p: undefined } : {}));
    expect({ ...asRead, tools }).toEqual({ ...expected, tools });
  });

  it.each(pairs)("from $client to $provider and read there again say the same", ({ client, provider }) => {
    const request = read(client);
    const written = getDialect(provider).writeChatRequest(request, { providerModel: models[provider] });
    const again = getDialect(provider).readChatRequest(JSON.parse(JSON.stringify(written.body)), facts);
    expect(essence(again)).toEqual(essence(request));
  });

  it.each(dialectNames)("to %s go where its SDK would send them", (provider) => {
    const dialect = getDialect(provider);
    const target = (stream: boolean) =>
      dialect.requestTarget({ operation: "chat", providerModel: models[provider], stream });
    const expected = {
      openai: [{ path: "/chat/completions" }, { path: "/chat/completions" }],
      anthropic: [{ path: "/v1/messages" }, { path: "/v1/messages" }],
      gemini: [
        { path: "/v1beta/models/gemini-2.5-flash:generateContent" },
        { path: "/v1beta/models/gemini-2.5-flash:streamGenerateContent", query: { alt: "sse" } },
      ],
    };
    expect([target(false), target(true)]).toEqual(expected[provider]);
  });

  it("are pinned as they go to OpenAI", () => {
    const { body } = getDialect("openai").writeChatRequest(
      { ...read("anthropic"), stream: true },
      { providerModel: "gpt-5.1" },
    );
    expect(body).toEqual({
      model: "gpt-5.1",
      messages: [
        { role: "system", content: "Answer briefly." },
        {
          role: "user",
          content: [
            { type: "text", text: "What is in this picture, and what is the weather in Paris and Rome?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
            { type: "image_url", image_url: { url: "https://example.com/cat.jpg" } },
            {
              type: "file",
              file: { filename: "notes.pdf", file_data: "data:application/pdf;base64,JVBERi0=" },
            },
          ],
        },
        {
          role: "assistant",
          content: "Let me look.",
          tool_calls: [
            {
              id: "toolu_paris",
              type: "function",
              function: { name: "get_weather", arguments: '{"city":"Paris"}' },
            },
            {
              id: "toolu_rome",
              type: "function",
              function: { name: "get_weather", arguments: '{"city":"Rome"}' },
            },
          ],
        },
        { role: "tool", tool_call_id: "toolu_paris", content: "18 degrees" },
        { role: "tool", tool_call_id: "toolu_rome", content: "24 degrees" },
        { role: "user", content: "And now?" },
      ],
      tools: [
        {
          type: "function",
          function: {
            name: "get_weather",
            description: "Weather of a city",
            parameters: {
              type: "object",
              properties: { city: { type: "string", description: "Name of the city" } },
              required: ["city"],
            },
          },
        },
      ],
      tool_choice: "required",
      max_completion_tokens: 300,
      temperature: 0.5,
      stop: ["END"],
      user: "user-7",
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  it("are pinned as they go to Anthropic", () => {
    const { body } = getDialect("anthropic").writeChatRequest(read("gemini"), {
      providerModel: "claude-sonnet-4-5",
    });
    expect(body).toEqual({
      model: "claude-sonnet-4-5",
      max_tokens: 300,
      system: [{ type: "text", text: "Answer briefly." }],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is in this picture, and what is the weather in Paris and Rome?" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
            { type: "image", source: { type: "url", url: "https://example.com/cat.jpg" } },
            {
              type: "document",
              source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" },
            },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "text", text: "Let me look." },
            { type: "tool_use", id: "call_0", name: "get_weather", input: { city: "Paris" } },
            { type: "tool_use", id: "call_1", name: "get_weather", input: { city: "Rome" } },
          ],
        },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: "call_0", content: [{ type: "text", text: "18 degrees" }] },
            { type: "tool_result", tool_use_id: "call_1", content: [{ type: "text", text: "24 degrees" }] },
            { type: "text", text: "And now?" },
          ],
        },
      ],
      tools: [
        {
          name: "get_weather",
          description: "Weather of a city",
          input_schema: {
            type: "object",
            properties: { city: { type: "string", description: "Name of the city" } },
            required: ["city"],
          },
        },
      ],
      tool_choice: { type: "any" },
      temperature: 0.5,
      stop_sequences: ["END"],
    });
  });

  it("are pinned as they go to Gemini", () => {
    const { body } = getDialect("gemini").writeChatRequest(read("openai"), {
      providerModel: "gemini-2.5-flash",
    });
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: "Answer briefly." }] },
      contents: [
        {
          role: "user",
          parts: [
            { text: "What is in this picture, and what is the weather in Paris and Rome?" },
            { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } },
            { fileData: { mimeType: "image/jpeg", fileUri: "https://example.com/cat.jpg" } },
            { inlineData: { mimeType: "application/pdf", data: "JVBERi0=" } },
          ],
        },
        {
          role: "model",
          parts: [
            { text: "Let me look." },
            { functionCall: { id: "call_paris", name: "get_weather", args: { city: "Paris" } } },
            { functionCall: { id: "call_rome", name: "get_weather", args: { city: "Rome" } } },
          ],
        },
        {
          role: "user",
          parts: [
            {
              functionResponse: {
                id: "call_paris",
                name: "get_weather",
                response: { output: "18 degrees" },
              },
            },
            {
              functionResponse: {
                id: "call_rome",
                name: "get_weather",
                response: { output: "24 degrees" },
              },
            },
            { text: "And now?" },
          ],
        },
      ],
      tools: [
        {
          functionDeclarations: [
            {
              name: "get_weather",
              description: "Weather of a city",
              parameters: {
                type: "OBJECT",
                properties: { city: { type: "STRING", description: "Name of the city" } },
                propertyOrdering: ["city"],
                required: ["city"],
              },
            },
            { name: "get_time" },
          ],
        },
      ],
      toolConfig: { functionCallingConfig: { mode: "ANY" } },
      generationConfig: { temperature: 0.5, topP: 0.9, maxOutputTokens: 300, stopSequences: ["END"] },
    });
  });
});
