import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../start-simulator.ts";
import { billRows } from "../testing/call-simulator.ts";
import { embeddingVector } from "./embedding-vector.ts";

let simulator: Simulator;
let client: OpenAI;

beforeAll(async () => {
  simulator = await startSimulator();
  client = new OpenAI({ baseURL: `${simulator.url}/v1`, apiKey: "test-key", maxRetries: 0 });
});
afterAll(() => simulator.stop());

const model = "text-embedding-3-small";

test("numbers and base64 are the same vector of length 1", async () => {
  const { data, request_id } = await client.embeddings
    .create({ model, input: ["one", "two"], encoding_format: "float" })
    .withResponse();
  expect(data.data.map((entry) => entry.embedding.length)).toEqual([1536, 1536]);
  expect(Math.hypot(...(data.data[0]?.embedding ?? []))).toBeCloseTo(1, 4);
  expect(data.usage).toEqual({ prompt_tokens: 2, total_tokens: 2 });
  // Without a format the SDK asks for base64 and decodes it.
  const decoded = await client.embeddings.create({ model, input: "one" });
  expect(decoded.data[0]?.embedding[5]).toBeCloseTo(data.data[0]?.embedding[5] ?? 0, 6);
  const row = (await billRows(simulator.url)).find((entry) => entry.providerRequestId === request_id);
  expect(row).toMatchObject({
    operation: "embeddings",
    inputTokens: 2,
    outputTokens: 0,
    status: "completed",
  });
});

test("dimensions and token inputs are taken", async () => {
  const reply = await client.embeddings.create({ model, input: [[1, 2, 3]], dimensions: 8 });
  expect(reply.data[0]?.embedding).toHaveLength(8);
  expect(reply.usage.prompt_tokens).toBe(3);
});

test("texts that share words are closer than texts that do not", () => {
  const dot = (one: string, other: string) => {
    const right = embeddingVector(other, 512);
    return embeddingVector(one, 512).reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
  };
  expect(dot("how do I reset my password", "how can I reset my password")).toBeGreaterThan(0.6);
  expect(dot("how do I reset my password", "weather in the mountains")).toBeLessThan(0.3);
});

test("an empty input is refused", async () => {
  await expect(client.embeddings.create({ model, input: "" })).rejects.toBeInstanceOf(OpenAI.BadRequestError);
});

test("directives in an input are followed", async () => {
  await expect(client.embeddings.create({ model, input: "[[sim status=429]]" })).rejects.toBeInstanceOf(
    OpenAI.RateLimitError,
  );
});

test("Gemini embeds one and many", async () => {
  const gemini = new GoogleGenAI({ apiKey: "test-key", httpOptions: { baseUrl: simulator.url } });
  const many = await gemini.models.embedContent({
    model: "gemini-embedding-001",
    contents: ["one", "two"],
    config: { outputDimensionality: 16 },
  });
  expect(many.embeddings?.map((entry) => entry.values?.length)).toEqual([16, 16]);
  const one = await fetch(`${simulator.url}/v1beta/models/gemini-embedding-001:embedContent?key=k`, {
    method: "POST",
    body: JSON.stringify({ content: { parts: [{ text: "one" }] }, outputDimensionality: 16 }),
  });
  expect(await one.json()).toMatchObject({ embedding: { values: many.embeddings?.[0]?.values } });
});
