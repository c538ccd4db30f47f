import OpenAI from "openai";
import { describe, expect, inject, test } from "vitest";
import { expectBookedAsBilled } from "../support/booked-usage.ts";
import { uniqueModel } from "../support/simulator.ts";

const mesh = inject("mesh");
const client = new OpenAI({ baseURL: `${mesh.gateway}/v1`, apiKey: mesh.apiKey, maxRetries: 0 });

describe.each([
  ["openai", "text-embedding-3-small"],
  ["gemini", "gemini-embedding-001"],
])("openai embeddings to %s", (_provider, family) => {
  test.each(["float", "base64"] as const)("vectors come in their order (%s)", async (encoding_format) => {
    const model = uniqueModel(family);
    const { data, request_id } = await client.embeddings
      .create({ model, input: ["one", "two"], dimensions: 8, encoding_format })
      .withResponse();
    const [single] = (
      await client.embeddings.create({ model: uniqueModel(family), input: "two", dimensions: 8 })
    ).data;
    expect(data.data.map(({ index }) => index)).toEqual([0, 1]);
    const vectors = data.data.map(({ embedding }) => vectorOf(embedding));
    expect(vectors.map((vector) => vector.length)).toEqual([8, 8]);
    vectors[1]?.forEach((value, index) => {
      expect(value).toBeCloseTo(single?.embedding[index] ?? Number.NaN, 5);
    });
    expect(vectors[0]).not.toEqual(vectors[1]);
    const billed = await expectBookedAsBilled(mesh, request_id, model);
    expect(data.usage).toEqual({ prompt_tokens: billed.inputTokens, total_tokens: billed.inputTokens });
  });
});

/** What is asked for as base64 is handed over as base64: 32-bit floats, little-endian. */
function vectorOf(embedding: number[] | string): number[] {
  if (typeof embedding !== "string") return embedding;
  const bytes = Buffer.from(embedding, "base64");
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}
