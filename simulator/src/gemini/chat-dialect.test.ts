import { ApiError, FinishReason, FunctionCallingConfigMode, GoogleGenAI, Type } from "@google/genai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../start-simulator.ts";
import { billRows, collect } from "../testing/call-simulator.ts";

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.stop());

function clientWith(apiKey = "test-key") {
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl: simulator.url } });
}

const model = "gemini-2.5-flash";
const weatherTool = {
  functionDeclarations: [
    {
      name: "get_weather",
      description: "Weather of a place",
      parameters: { type: Type.OBJECT, properties: { place: { type: Type.STRING } }, required: ["place"] },
    },
  ],
};

test("a plain reply has text and usage, and is billed under its id", async () => {
  const reply = await clientWith().models.generateContent({ model, contents: "Hi" });
  expect(reply.text).toMatch(/^Hello!/);
  expect(reply.candidates?.[0]).toMatchObject({
    finishReason: FinishReason.STOP,
    index: 0,
    content: { role: "model" },
  });
  expect(reply.usageMetadata).toMatchObject({
    promptTokenCount: 4,
    candidatesTokenCount: 20,
    totalTokenCount: 24,
  });
  expect(reply.modelVersion).toBe(model);
  const row = (await billRows(simulator.url)).find((entry) => entry.providerRequestId === reply.responseId);
  expect(row).toMatchObject({ provider: "gemini", inputTokens: 4, outputTokens: 20, status: "completed" });
});

test("a stream has the text of the plain reply, and usage that grows", async () => {
  const plain = await clientWith().models.generateContent({ model, contents: "Hi" });
  const chunks = await collect(await clientWith().models.generateContentStream({ model, contents: "Hi" }));
  expect(chunks.map((chunk) => chunk.text ?? "").join("")).toBe(plain.text);
  expect(chunks.at(-1)?.candidates?.[0]?.finishReason).toBe(FinishReason.STOP);
  expect(chunks.map((chunk) => chunk.usageMetadata?.candidatesTokenCount).slice(0, 3)).toEqual([1, 2, 3]);
  expect(chunks.at(-1)?.usageMetadata).toEqual(plain.usageMetadata);
});

test("without alt=sse the stream is one JSON array", async () => {
  const response = await fetch(`${simulator.url}/v1beta/models/${model}:streamGenerateContent?key=test-key`, {
    method: "POST",
    body: JSON.stringify({ contents: [{ parts: [{ text: "Hi" }] }] }),
  });
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  expect(await response.json()).toHaveLength(21);
});

test("an automatic function call of the SDK ends with its result in the answer", async () => {
  const asked: unknown[] = [];
  const reply = await clientWith().models.generateContent({
    model,
    contents: "What is the weather like?",
    config: {
      tools: [
        {
          tool: async () => weatherTool,
          callTool: async (calls) => {
            asked.push(...calls.map((call) => call.args));
            return calls.map((call) => ({
              functionResponse: {
                name: call.name ?? "",
                response: { output: "Sunny" },
                ...(call.id ? { id: call.id } : {}),
              },
            }));
          },
        },
      ],
    },
  });
  expect(asked).toEqual([{ place: expect.any(String) }]);
  expect(reply.text).toContain("Sunny");
});

test("calls have ids and a signature from Gemini 3 on, and are refused without it", async () => {
  const chat = clientWith().chats.create({
    model: "gemini-3-flash-preview",
    config: { tools: [weatherTool] },
  });
  const first = await chat.sendMessage({ message: "What weather? [[sim tools=2]]" });
  expect(first.functionCalls).toHaveLength(2);
  expect(first.candidates?.[0]?.content?.parts?.[0]?.thoughtSignature).toMatch(/\w+/);
  const second = await chat.sendMessage({
    message: (first.functionCalls ?? []).map((call) => ({
      functionResponse: { name: call.name ?? "", id: call.id ?? "", response: { output: "Sunny" } },
    })),
  });
  expect(second.text).toContain("Sunny Sunny");
  const older = await clientWith().models.generateContent({
    model,
    contents: "weather?",
    config: { tools: [weatherTool] },
  });
  expect(older.functionCalls).toEqual([{ name: "get_weather", args: { place: expect.any(String) } }]);
});

test("a calling mode forces a call, or none", async () => {
  const ask = (mode: FunctionCallingConfigMode) =>
    clientWith().models.generateContent({
      model,
      contents: "weather?",
      config: { tools: [weatherTool], toolConfig: { functionCallingConfig: { mode } } },
    });
  expect((await ask(FunctionCallingConfigMode.ANY)).functionCalls).toHaveLength(1);
  expect((await ask(FunctionCallingConfigMode.NONE)).functionCalls).toBeUndefined();
});

test("thoughts are shown if asked for, and billed beside the candidates", async () => {
  for (const includeThoughts of [true, false]) {
    const reply = await clientWith().models.generateContent({
      model,
      contents: "[[sim reasoning=9]]",
      config: { thinkingConfig: { includeThoughts } },
    });
    expect(reply.candidates?.[0]?.content?.parts?.some((part) => part.thought) ?? false).toBe(
      includeThoughts,
    );
    expect(reply.usageMetadata).toMatchObject({ candidatesTokenCount: 20, thoughtsTokenCount: 9 });
  }
});

test("structured output fits the schema, whichever way it is given", async () => {
  const schemas = [
    { responseSchema: { type: Type.OBJECT, properties: { n: { type: Type.INTEGER } } } },
    {
      responseJsonSchema: {
        type: "object",
        properties: { n: { type: "integer" } },
        additionalProperties: false,
      },
    },
  ];
  for (const schema of schemas) {
    const reply = await clientWith().models.generateContent({
      model,
      contents: "Describe it",
      config: { responseMimeType: "application/json", ...schema },
    });
    expect(JSON.parse(reply.text ?? "")).toEqual({ n: 1 });
  }
});

test("several candidates, a limit, a stop sequence, an image and a cached prompt", async () => {
  const reply = await clientWith().models.generateContent({
    model,
    contents: [
      { text: 'Look [[sim say="one two three four" cached=20]]' },
      { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } },
    ],
    config: { candidateCount: 2, stopSequences: [" four"], systemInstruction: "Be brief." },
  });
  expect(reply.candidates).toHaveLength(2);
  expect(reply.candidates?.[1]?.content?.parts).toEqual([{ text: "one two three" }]);
  expect(reply.usageMetadata).toMatchObject({ cachedContentTokenCount: 20, candidatesTokenCount: 6 });
  expect(reply.usageMetadata?.promptTokenCount).toBeGreaterThan(85);
  const limited = await clientWith().models.generateContent({
    model,
    contents: "Hi",
    config: { maxOutputTokens: 3 },
  });
  expect(limited.candidates?.[0]?.finishReason).toBe(FinishReason.MAX_TOKENS);
});

test("models are listed and looked up", async () => {
  const models = await collect(await clientWith().models.list());
  expect(models.map((entry) => entry.name)).toContain("models/gemini-2.5-flash");
  expect(await clientWith().models.get({ model })).toMatchObject({ name: `models/${model}` });
});

test.each([
  ["a wrong key", "bad-key", model, 400, "API_KEY_INVALID"],
  ["an unknown model", "test-key", "unknown-model", 404, "NOT_FOUND"],
])("%s is refused as Gemini does", async (_name, key, name, status, reason) => {
  const error = await clientWith(key)
    .models.generateContent({ model: name, contents: "Hi" })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status, message: expect.stringContaining(reason) });
});
