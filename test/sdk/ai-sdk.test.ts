import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import {
  APICallError,
  embedMany,
  generateText,
  jsonSchema,
  type LanguageModel,
  Output,
  stepCountIs,
  streamText,
  tool,
} from "ai";
import { describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { expectBookedAsBilled, expectCancelled } from "../support/booked-usage.ts";
import { requestIdOfModel } from "../support/ledger.ts";
import { providerFamilies } from "../support/provider-families.ts";
import { toldProvider } from "../support/provider-request.ts";
import { collect, placeSchema, redDotPng } from "../support/sample-content.ts";
import { billRows, uniqueModel } from "../support/simulator.ts";

// It warns of models that it does not know, which is what this is about.
globalThis.AI_SDK_LOG_WARNINGS = false;

const mesh = inject("mesh");
const apiKey = mesh.apiKey;
const openai = createOpenAI({ apiKey, baseURL: `${mesh.gateway}/v1` });
const anthropic = createAnthropic({ apiKey, baseURL: `${mesh.gateway}/v1` });
const google = createGoogleGenerativeAI({ apiKey, baseURL: `${mesh.gateway}/v1beta` });

interface Package {
  name: string;
  languageModel: (model: string) => LanguageModel;
  /** How this package asks for thoughts. */
  thinking: Parameters<typeof generateText>[0]["providerOptions"];
}
const packages: Package[] = [
  {
    name: "@ai-sdk/openai",
    languageModel: (model) => openai.chat(model),
    thinking: { openai: { reasoningEffort: "low", forceReasoning: true } },
  },
  {
    name: "@ai-sdk/anthropic",
    languageModel: (model) => anthropic(model),
    thinking: { anthropic: { thinking: { type: "enabled", budgetTokens: 1024 } } },
  },
  {
    name: "@ai-sdk/google",
    languageModel: (model) => google(model),
    thinking: { google: { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } } },
  },
];
const pairs = packages.flatMap((client) => providerFamilies.map((target) => ({ ...client, ...target })));

const tools = {
  get_weather: tool({
    description: "get_weather of a place",
    inputSchema: jsonSchema<{ place: string }>({ ...placeSchema, required: ["place"] }),
    execute: () => Promise.resolve("Sunny, 21 degrees"),
  }),
  get_time: tool({
    description: "get_time of a place",
    inputSchema: jsonSchema<{ place: string }>({ ...placeSchema, required: ["place"] }),
    execute: () => Promise.resolve("Noon"),
  }),
};

describe.each(pairs)(
  "$name to $family",
  ({ name, languageModel, thinking, provider, family, thinkingFamily }) => {
    const settings = (model: string) => ({ model: languageModel(model), maxRetries: 0 });

    test("a text has the provider's words and usage, and is booked as it is billed", async () => {
      const model = uniqueModel(family);
      const result = await generateText({
        ...settings(model),
        instructions: "Be brief.",
        prompt: '[[sim say="Grüße aus dem Simulator 👋" cached=3]]',
      });
      expect(result.text).toBe("Grüße aus dem Simulator 👋");
      expect(result.finishReason).toBe("stop");
      const billed = await expectBookedAsBilled(mesh, result.response.headers?.["x-request-id"], model);
      expect(result.usage).toMatchObject({
        inputTokens: billed.inputTokens,
        outputTokens: billed.outputTokens,
        totalTokens: billed.inputTokens + billed.outputTokens,
        inputTokenDetails: { cacheReadTokens: 3 },
      });
      expect((await toldProvider(mesh, provider, model)).system).toBe("Be brief.");
    });

    test("a stream has the text and the usage of the plain reply", async () => {
      const model = uniqueModel(family);
      const prompt = "[[sim chunks=12]] Tell me";
      const plain = await generateText({ ...settings(uniqueModel(family)), prompt });
      const result = streamText({ ...settings(model), prompt });
      const texts = await collect(result.textStream);
      expect(texts.join("")).toBe(plain.text);
      expect(texts.length).toBeGreaterThan(1);
      expect(await result.finishReason).toBe("stop");
      const { headers } = await result.response;
      const billed = await expectBookedAsBilled(mesh, headers?.["x-request-id"], model);
      expect(await result.usage).toMatchObject({
        inputTokens: billed.inputTokens,
        outputTokens: billed.outputTokens,
      });
    });

    test.each(["plain", "streamed"])(
      "a tool loop with parallel calls ends with the results (%s)",
      async (form) => {
        const request = {
          ...settings(uniqueModel(family)),
          prompt: "What is it like? [[sim tools=2]]",
          tools,
          stopWhen: stepCountIs(3),
        };
        const result = form === "plain" ? await generateText(request) : streamText(request);
        const steps = await result.steps;
        expect(steps.map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "stop"]);
        const calls = steps[0]?.toolCalls ?? [];
        expect(calls.map(({ toolName, input }) => ({ toolName, input }))).toEqual([
          { toolName: "get_weather", input: { place: expect.stringMatching(/\w+/) } },
          { toolName: "get_time", input: { place: expect.stringMatching(/\w+/) } },
        ]);
        expect(new Set(calls.map(({ toolCallId }) => toolCallId)).size).toBe(2);
        const text = await result.text;
        expect(text).toContain("Sunny, 21 degrees");
        expect(text).toContain("Noon");
      },
    );

    test("an image reaches the provider byte for byte", async () => {
      const model = uniqueModel(family);
      const result = await generateText({
        ...settings(model),
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "What is this? [[sim echo]]" },
              { type: "file", mediaType: "image/png", data: Buffer.from(redDotPng, "base64") },
            ],
          },
        ],
      });
      expect(result.text.trim()).toBe("What is this?");
      expect((await toldProvider(mesh, provider, model)).images).toEqual([
        { mediaType: "image/png", data: redDotPng },
      ]);
    });

    test("structured output fits the schema", async () => {
      const schema = z.strictObject({ city: z.string(), inhabitants: z.int(), tags: z.array(z.string()) });
      const result = await generateText({
        ...settings(uniqueModel(family)),
        prompt: "Describe a city as json",
        output: Output.object({ schema }),
      });
      expect(schema.safeParse(result.output).error).toBeUndefined();
    });

    test("reasoning is counted, and shown where both sides show it", async () => {
      const model = uniqueModel(thinkingFamily);
      const result = await generateText({
        ...settings(model),
        maxOutputTokens: 4000,
        prompt: "Think [[sim reasoning=9]]",
        ...(thinking === undefined ? {} : { providerOptions: thinking }),
      });
      const billed = await expectBookedAsBilled(mesh, result.response.headers?.["x-request-id"], model);
      expect(billed.reasoningTokens).toBe(9);
      expect(result.usage).toMatchObject({
        outputTokens: billed.outputTokens,
        outputTokenDetails: { reasoningTokens: 9 },
      });
      const words = (result.reasoningText ?? "").split(/\s+/).filter(Boolean);
      // OpenAI's Chat Completions have no place for thoughts, neither the provider's nor the package's.
      expect(words).toHaveLength(provider === "openai" || name === "@ai-sdk/openai" ? 0 : 9);
    });

    test.each([
      ["[[sim length]]", "length"],
      ["[[sim refuse]]", "content-filter"],
    ])("%s ends with the right finish reason", async (prompt, finishReason) => {
      const plain = await generateText({ ...settings(uniqueModel(family)), prompt });
      expect(plain.finishReason).toBe(finishReason);
      const streamed = streamText({ ...settings(uniqueModel(family)), prompt });
      expect(await streamed.finishReason).toBe(finishReason);
    });

    test.each([
      ["[[sim status=429 retry-after=0]]", 429, true, 3],
      ["[[sim status=400]]", 400, false, 1],
    ])(
      "%s is the SDK's APICallError after as many calls as make sense",
      async (prompt, status, retryable, calls) => {
        const model = uniqueModel(family);
        const error = await generateText({ ...settings(model), prompt }).catch((thrown: unknown) => thrown);
        expect(APICallError.isInstance(error)).toBe(true);
        expect(error).toMatchObject({
          statusCode: status,
          isRetryable: retryable,
          responseHeaders: { "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/) },
        });
        expect(await billRows(mesh, model)).toHaveLength(calls);
      },
    );

    test("an abort stops the provider's call, which is booked as cancelled", async () => {
      const model = uniqueModel(family);
      const controller = new AbortController();
      const result = streamText({
        ...settings(model),
        prompt: "[[sim chunks=1000 chunk-ms=20]]",
        abortSignal: controller.signal,
      });
      let seen = 0;
      for await (const part of result.stream) {
        if (part.type === "text-delta" && ++seen === 3) controller.abort();
      }
      const { booked, billed } = await expectCancelled(mesh, await requestIdOfModel(mesh, model), model);
      expect(booked).toBeGreaterThanOrEqual(3);
      expect(billed).toBeLessThan(1000);
    });
  },
);

describe("the ai package and the gateway", () => {
  test.each([
    ["@ai-sdk/openai", "openai", openai.embedding(uniqueModel("text-embedding-3-small"))],
    ["@ai-sdk/openai", "gemini", openai.embedding(uniqueModel("gemini-embedding-001"))],
  ])("%s embeds with %s in the order of the texts", async (_name, _provider, model) => {
    const { embeddings, usage } = await embedMany({ model, values: ["one", "two"], maxRetries: 0 });
    const again = await embedMany({ model, values: ["two"], maxRetries: 0 });
    expect(embeddings).toHaveLength(2);
    expect(embeddings[1]).toEqual(again.embeddings[0]);
    expect(embeddings[0]).not.toEqual(embeddings[1]);
    expect(usage.tokens).toBeGreaterThan(again.usage.tokens);
  });

  test.each([
    [
      "@ai-sdk/openai",
      createOpenAI({ apiKey: "wrong", baseURL: `${mesh.gateway}/v1` }).chat("gpt-4o-mini"),
      401,
    ],
    ["@ai-sdk/anthropic", createAnthropic({ apiKey: "wrong", baseURL: `${mesh.gateway}/v1` })("gpt-4o"), 401],
    [
      "@ai-sdk/google",
      createGoogleGenerativeAI({ apiKey: "wrong", baseURL: `${mesh.gateway}/v1beta` })("gpt-4o"),
      401,
    ],
    ["@ai-sdk/openai", openai.chat("gtp-4o-mini"), 404],
    ["@ai-sdk/anthropic", anthropic("cloud-sonnet-5"), 404],
    ["@ai-sdk/google", google("gemmini-2.5-flash"), 404],
  ])("%s: a wrong key or model is an APICallError with its status", async (_name, model, status) => {
    const error = await generateText({ model, prompt: "Hi", maxRetries: 0 }).catch(
      (thrown: unknown) => thrown,
    );
    expect(APICallError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ statusCode: status, isRetryable: false });
  });
});
