import { ApiError, type Content, FinishReason, FunctionCallingConfigMode, GoogleGenAI } from "@google/genai";
import { describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { expectBookedAsBilled, expectCancelled } from "../support/booked-usage.ts";
import { settledCalls } from "../support/ledger.ts";
import { providerFamilies } from "../support/provider-families.ts";
import { toldProvider } from "../support/provider-request.ts";
import { citySchema, collect, placeSchema, redDotPng } from "../support/sample-content.ts";
import { billRows, uniqueModel } from "../support/simulator.ts";

const mesh = inject("mesh");

function clientWith(apiKey: string) {
  return new GoogleGenAI({ apiKey, httpOptions: { baseUrl: mesh.gateway, retryOptions: { attempts: 1 } } });
}

const client = clientWith(mesh.apiKey);
const tools = [
  {
    functionDeclarations: ["get_weather", "get_time"].map((name) => ({
      name,
      description: `${name} of a place`,
      parametersJsonSchema: placeSchema,
    })),
  },
];

/** Google's SDK shows headers with every whole reply. */
function requestIdOf(reply: { sdkHttpResponse?: { headers?: Record<string, string> } }): string | undefined {
  return reply.sdkHttpResponse?.headers?.["x-request-id"];
}

/** The request's id in the details of an error, which the SDK gives as text. */
function requestIdOfError(error: unknown): string {
  const { message } = z.object({ message: z.string() }).parse(error);
  const body = z
    .object({ error: z.object({ details: z.array(z.looseObject({ requestId: z.string().optional() })) }) })
    .parse(JSON.parse(message));
  return body.error.details.flatMap(({ requestId }) => requestId ?? []).join();
}

describe.each(providerFamilies)("genai to $family", ({ provider, family, thinkingFamily, showsThoughts }) => {
  test("a reply has the provider's words and usage, and is booked as it is billed", async () => {
    const model = uniqueModel(family);
    const reply = await client.models.generateContent({
      model,
      contents: '[[sim say="Grüße aus dem Simulator 👋" cached=3]]',
      config: { systemInstruction: "Be brief." },
    });
    expect(reply.text).toBe("Grüße aus dem Simulator 👋");
    expect(reply.modelVersion).toBe(model);
    expect(reply.candidates).toMatchObject([
      { index: 0, finishReason: FinishReason.STOP, content: { role: "model" } },
    ]);
    const billed = await expectBookedAsBilled(mesh, requestIdOf(reply), model);
    expect(billed.cachedInputTokens).toBe(3);
    expect(reply.usageMetadata).toMatchObject({
      promptTokenCount: billed.inputTokens,
      cachedContentTokenCount: 3,
      candidatesTokenCount: billed.outputTokens,
      totalTokenCount: billed.inputTokens + billed.outputTokens,
    });
    expect((await toldProvider(mesh, provider, model)).system).toBe("Be brief.");
  });

  test("a stream has the text and at its end the usage of the plain reply", async () => {
    const model = uniqueModel(family);
    const contents = "[[sim chunks=12]] Tell me";
    const plain = await client.models.generateContent({ model: uniqueModel(family), contents });
    const chunks = await collect(await client.models.generateContentStream({ model, contents }));
    expect(chunks.map(({ text }) => text ?? "").join("")).toBe(plain.text);
    expect(chunks.filter(({ text }) => text).length).toBeGreaterThan(1);
    expect(chunks.flatMap(({ candidates }) => candidates?.[0]?.finishReason ?? [])).toEqual([
      FinishReason.STOP,
    ]);
    const requestId = chunks[0] && requestIdOf(chunks[0]);
    const billed = await expectBookedAsBilled(mesh, requestId, model);
    expect(chunks.at(-1)?.usageMetadata).toMatchObject({
      promptTokenCount: billed.inputTokens,
      candidatesTokenCount: billed.outputTokens,
      totalTokenCount: billed.inputTokens + billed.outputTokens,
    });
  });

  test.each(["plain", "streamed"])("parallel tool calls and their results come round (%s)", async (form) => {
    const model = uniqueModel(family);
    const question: Content = { role: "user", parts: [{ text: "What is it like? [[sim tools=2]]" }] };
    const config = { tools };
    const replies =
      form === "plain"
        ? [await client.models.generateContent({ model, contents: [question], config })]
        : await collect(await client.models.generateContentStream({ model, contents: [question], config }));
    const parts = replies.flatMap((reply) => reply.candidates?.[0]?.content?.parts ?? []);
    const calls = parts.flatMap(({ functionCall }) => functionCall ?? []);
    expect(calls).toMatchObject([
      { name: "get_weather", args: { place: expect.stringMatching(/\w+/) } },
      { name: "get_time", args: { place: expect.stringMatching(/\w+/) } },
    ]);
    const second = await client.models.generateContent({
      model,
      config,
      contents: [
        question,
        { role: "model", parts },
        {
          role: "user",
          parts: calls.map(({ id, name = "" }) => ({
            functionResponse: {
              name,
              ...(id === undefined ? {} : { id }),
              response: { output: name === "get_time" ? "Noon" : "Sunny, 21 degrees" },
            },
          })),
        },
      ],
    });
    expect(second.candidates?.[0]?.finishReason).toBe(FinishReason.STOP);
    expect(second.text).toContain("Sunny, 21 degrees");
    expect(second.text).toContain("Noon");
  });

  test("a calling mode forces a call", async () => {
    const reply = await client.models.generateContent({
      model: uniqueModel(family),
      contents: "Hello",
      config: {
        tools,
        toolConfig: {
          functionCallingConfig: {
            mode: FunctionCallingConfigMode.ANY,
            allowedFunctionNames: ["get_time"],
          },
        },
      },
    });
    expect(reply.functionCalls?.map(({ name }) => name)).toEqual(["get_time"]);
  });

  test("an image reaches the provider byte for byte", async () => {
    const model = uniqueModel(family);
    const reply = await client.models.generateContent({
      model,
      contents: [
        { text: "What is this? [[sim echo]]" },
        { inlineData: { mimeType: "image/png", data: redDotPng } },
      ],
    });
    expect(reply.text?.trim()).toBe("What is this?");
    expect((await toldProvider(mesh, provider, model)).images).toEqual([
      { mediaType: "image/png", data: redDotPng },
    ]);
    const billed = await expectBookedAsBilled(mesh, requestIdOf(reply), model);
    expect(billed.inputTokens).toBeGreaterThan(85);
  });

  test("structured output fits the schema", async () => {
    const reply = await client.models.generateContent({
      model: uniqueModel(family),
      contents: "Describe a city",
      config: { responseMimeType: "application/json", responseJsonSchema: citySchema },
    });
    const answer = z.strictObject({ city: z.string(), inhabitants: z.int(), tags: z.array(z.string()) });
    expect(answer.safeParse(JSON.parse(reply.text ?? "")).error).toBeUndefined();
    expect(reply.candidates?.[0]?.finishReason).toBe(FinishReason.STOP);
  });

  test("thoughts are counted, and shown where the provider shows them", async () => {
    const model = uniqueModel(thinkingFamily);
    const reply = await client.models.generateContent({
      model,
      contents: "Think [[sim reasoning=9]]",
      config: { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 }, maxOutputTokens: 4000 },
    });
    const billed = await expectBookedAsBilled(mesh, requestIdOf(reply), model);
    expect(billed.reasoningTokens).toBe(9);
    expect(reply.usageMetadata).toMatchObject({
      thoughtsTokenCount: 9,
      candidatesTokenCount: billed.outputTokens - 9,
    });
    const thoughts = (reply.candidates?.[0]?.content?.parts ?? [])
      .filter(({ thought }) => thought)
      .map(({ text }) => text ?? "");
    expect(thoughts.join("").split(/\s+/).filter(Boolean).length).toBe(showsThoughts ? 9 : 0);
  });

  test.each([
    ["[[sim length]]", {}, FinishReason.MAX_TOKENS],
    ['[[sim say="one two three four"]]', { stopSequences: [" three"] }, FinishReason.STOP],
    ["[[sim refuse]]", {}, FinishReason.SAFETY],
  ])("%s ends with the right finish reason", async (contents, config, finishReason) => {
    const request = { model: uniqueModel(family), contents, config };
    const plain = await client.models.generateContent(request);
    expect(plain.candidates?.[0]?.finishReason).toBe(finishReason);
    const chunks = await collect(await client.models.generateContentStream(request));
    expect(chunks.flatMap(({ candidates }) => candidates?.[0]?.finishReason ?? [])).toEqual([finishReason]);
  });

  test("a provider that limits is tried again, and then the SDK's own error tells", async () => {
    const error = await client.models
      .generateContent({ model: uniqueModel(family), contents: "[[sim status=429 retry-after=0]]" })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 429, message: expect.stringContaining("RESOURCE_EXHAUSTED") });
  });

  test("what a provider refuses is the SDK's ApiError with status 400", async () => {
    const model = uniqueModel(family);
    const error = await client.models
      .generateContent({ model, contents: "[[sim status=400]]" })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 400, message: expect.stringContaining("INVALID_ARGUMENT") });
    expect(await billRows(mesh, model)).toHaveLength(1);
  });

  test("an error within a stream is the SDK's error after what came before", async () => {
    const stream = await client.models.generateContentStream({
      model: uniqueModel(family),
      contents: "[[sim error-after=3]]",
    });
    const texts: string[] = [];
    const error = await (async () => {
      for await (const chunk of stream) texts.push(chunk.text ?? "");
    })().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(texts.filter((text) => text !== "")).toHaveLength(3);
  });

  test("an abort stops the provider's call, which is booked as cancelled", async () => {
    const model = uniqueModel(family);
    const controller = new AbortController();
    const stream = await client.models.generateContentStream({
      model,
      contents: "[[sim chunks=1000 chunk-ms=20]]",
      config: { abortSignal: controller.signal },
    });
    let seen = 0;
    let requestId: string | undefined;
    await (async () => {
      for await (const chunk of stream) {
        requestId = requestIdOf(chunk);
        seen += chunk.text ? 1 : 0;
        if (seen === 3) controller.abort();
      }
    })().catch((thrown: unknown) => expect(thrown).toMatchObject({ name: "AbortError" }));
    const { booked, billed } = await expectCancelled(mesh, requestId, model);
    expect(booked).toBeGreaterThanOrEqual(3);
    expect(billed).toBeLessThan(1000);
  });
});

describe("genai and the gateway", () => {
  test("models are listed and looked up", async () => {
    const models = await collect(await client.models.list());
    expect(models.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["models/gpt-4o-mini", "models/claude-sonnet-5", "models/gemini-2.5-flash"]),
    );
    expect(await client.models.get({ model: "gemini-2.5-flash" })).toMatchObject({
      name: "models/gemini-2.5-flash",
    });
  });

  test.each([
    ["a wrong key", "sk-sluice-wrong", "gemini-2.5-flash", 401, "UNAUTHENTICATED"],
    ["an unknown model", mesh.apiKey, "gemmini-2.5-flash", 404, "NOT_FOUND"],
  ])("%s is the SDK's own error", async (_name, key, model, status, word) => {
    const error = await clientWith(key)
      .models.generateContent({ model, contents: "Hi" })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status, message: expect.stringContaining(word) });
    expect(requestIdOfError(error)).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("retries are booked under the id in the error's details", async () => {
    const error = await client.models
      .generateContent({ model: uniqueModel("gpt-4o-mini"), contents: "[[sim status=429 retry-after=0]]" })
      .catch((thrown: unknown) => thrown);
    expect(await settledCalls(mesh, requestIdOfError(error), 3)).toEqual(
      [1, 2, 3].map((attempt) =>
        expect.objectContaining({ attempt, outcome: "failed", providerStatus: 429, outputTokens: 0 }),
      ),
    );
  });
});
