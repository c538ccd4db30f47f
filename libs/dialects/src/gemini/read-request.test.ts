import { describe, expect, it } from "vitest";
import { readGeminiRequest } from "./read-request.ts";

const facts = { model: "assistant", stream: false };
const hello = [{ role: "user", parts: [{ text: "Hello" }] }];
const read = (body: Record<string, unknown>) => readGeminiRequest({ contents: hello, ...body }, facts);
const user = (part: unknown) => ({ contents: [{ parts: [part] }] });

describe("a Gemini request", () => {
  it.each([
    ["contents", { contents: undefined }],
    ["contents[0].role", { contents: [{ role: "assistant", parts: [] }] }],
    ["contents[0].parts[0].text", user({ text: 5 })],
    ["contents[0].parts[0].inlineData.mimeType", user({ inlineData: { data: "" } })],
    ["contents[0].parts[0].functionResponse", user({ functionResponse: { name: "f", response: {} } })],
    ["generationConfig.temperature", { generationConfig: { temperature: "warm" } }],
    [
      "systemInstruction.parts[0]",
      { systemInstruction: { parts: [{ inlineData: { mimeType: "a/b", data: "" } }] } },
    ],
    ["tools[0].functionDeclarations[0].name", { tools: [{ functionDeclarations: [{}] }] }],
  ])("is refused where %s is wrong", (parameter, body) => {
    expect(() => read(body)).toThrowError(expect.objectContaining({ code: "invalid_request", parameter }));
  });

  it.each([
    ["contents[0].parts[0].executableCode", user({ executableCode: { code: "1" } })],
    [
      "contents[0].parts[0].fileData.fileUri",
      user({ fileData: { fileUri: "gs://bucket/file", mimeType: "image/png" } }),
    ],
    ["contents[0].parts[0].inlineData", user({ inlineData: { mimeType: "video/mp4", data: "" } })],
    ["tools[0].googleSearch", { tools: [{ googleSearch: {} }] }],
    ["cachedContent", { cachedContent: "cachedContents/1" }],
    ["generationConfig.responseMimeType", { generationConfig: { responseMimeType: "text/x.enum" } }],
    ["generationConfig.responseModalities", { generationConfig: { responseModalities: ["TEXT", "IMAGE"] } }],
  ])("that needs %s cannot be translated, and says so", (parameter, body) => {
    expect(() => read(body)).toThrowError(
      expect.objectContaining({ code: "unsupported_feature", parameter }),
    );
  });

  it("may name its fields in snake case, as Google's own examples do", () => {
    const request = read({
      system_instruction: { parts: [{ text: "Be brief." }] },
      contents: [{ parts: [{ inline_data: { mime_type: "image/png", data: "a-_=" } }] }],
      generation_config: { max_output_tokens: 7, thinking_config: { thinking_budget: 0 } },
      tools: [{ function_declarations: [{ name: "f", parameters: { type: "OBJECT" } }] }],
      tool_config: { function_calling_config: { mode: "ANY", allowed_function_names: ["f"] } },
    });
    expect(request).toMatchObject({
      messages: [
        { role: "system", content: [{ text: "Be brief." }] },
        { role: "user", content: [{ type: "image", source: { mediaType: "image/png", data: "a+/=" } }] },
      ],
      maxOutputTokens: 7,
      reasoning: { enabled: false },
      tools: [{ name: "f", parameters: { type: "object" } }],
      toolChoice: { mode: "required", names: ["f"] },
    });
  });

  it("turns Google's schemas into JSON schemas", () => {
    const schema = {
      type: "OBJECT",
      properties: {
        size: { type: "STRING", format: "enum", enum: ["S", "L"], nullable: true },
        tags: { type: "ARRAY", items: { type: "STRING" }, minItems: "1", maxItems: "3" },
        either: { anyOf: [{ type: "INTEGER" }, { type: "STRING" }], nullable: true },
      },
      propertyOrdering: ["size", "tags"],
      required: ["size"],
    };
    const generationConfig = { responseMimeType: "application/json", responseSchema: schema };
    expect(read({ generationConfig }).responseFormat).toEqual({
      type: "json-schema",
      name: "answer",
      schema: {
        type: "object",
        properties: {
          size: { type: ["string", "null"], enum: ["S", "L", null] },
          tags: { type: "array", items: { type: "string" }, minItems: 1, maxItems: 3 },
          either: { anyOf: [{ type: "integer" }, { type: "string" }, { type: "null" }] },
        },
        required: ["size"],
      },
    });
    const responseJsonSchema = { type: "object", properties: {} };
    expect(
      read({ generationConfig: { responseMimeType: "application/json", responseJsonSchema } }).responseFormat,
    ).toMatchObject({ schema: responseJsonSchema });
    expect(read({ generationConfig: { responseMimeType: "application/json" } }).responseFormat).toEqual({
      type: "json-object",
    });
  });

  it("matches results to calls by id, and by name and order where there are none", () => {
    const call = (name: string, id?: string) => ({
      functionCall: { name, args: {}, ...(id === undefined ? {} : { id }) },
    });
    const result = (name: string, output: string, id?: string) => ({
      functionResponse: { name, response: { output }, ...(id === undefined ? {} : { id }) },
    });
    const { messages } = read({
      contents: [
        ...hello,
        { role: "model", parts: [call("f"), call("g"), call("f")] },
        { role: "user", parts: [result("f", "1"), result("f", "2"), result("g", "3")] },
        { role: "model", parts: [call("f", "a"), call("f", "b")] },
        { role: "function", parts: [result("f", "5", "b"), result("f", "4", "a")] },
      ],
    });
    const results = messages.flatMap((message) => (message.role === "tool" ? message.content : []));
    expect(results.map(({ callId, content }) => [callId, content[0]])).toEqual([
      ["call_0", { type: "text", text: "1" }],
      ["call_2", { type: "text", text: "2" }],
      ["call_1", { type: "text", text: "3" }],
      ["b", { type: "text", text: "5" }],
      ["a", { type: "text", text: "4" }],
    ]);
  });

  it("takes the pieces of a streamed answer as one message, thoughts and their signature together", () => {
    const signature = Buffer.from("sluice:anthropic:signature:sig").toString("base64");
    const { messages } = read({
      contents: [
        ...hello,
        { role: "model", parts: [{ text: "Two ", thought: true }] },
        { role: "model", parts: [{ text: "cities.", thought: true }] },
        { role: "model", parts: [{ text: "", thought: true, thoughtSignature: signature }] },
        { role: "model", parts: [{ text: "Let me " }, { text: "look." }] },
      ],
    });
    expect(messages[1]).toEqual({
      role: "assistant",
      content: [
        { type: "thinking", text: "Two cities.", signature: { from: "anthropic", value: "sig" } },
        { type: "text", text: "Let me look." },
      ],
    });
  });
});
