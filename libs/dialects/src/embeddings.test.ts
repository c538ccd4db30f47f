import { noUsage } from "@sluice/contracts/usage";
import { describe, expect, it } from "vitest";
import { getDialect } from "./dialects.ts";

const facts = { model: "embedder", stream: false };
const openai = getDialect("openai");
const read = (body: unknown) => openai.readEmbeddingsRequest(body, facts);

describe("embeddings", () => {
  it.each([
    ["one text", "a", ["a"]],
    ["texts", ["a", "b"], ["a", "b"]],
    ["one list of tokens", [1, 2], [[1, 2]]],
    ["lists of tokens", [[1], [2]], [[1], [2]]],
  ])("are asked for with %s", (_what, input, inputs) => {
    expect(read({ input })).toEqual({ model: "embedder", inputs, encoding: "float" });
  });

  it.each([
    ["input", {}],
    ["input", { input: [] }],
    ["dimensions", { input: "a", dimensions: 0 }],
    ["encoding_format", { input: "a", encoding_format: "hex" }],
  ])("are refused where %s is wrong", (parameter, body) => {
    expect(() => read(body)).toThrowError(expect.objectContaining({ code: "invalid_request", parameter }));
  });

  it("are asked of OpenAI and of Gemini", () => {
    const request = read({ input: ["a", "b"], dimensions: 3, user: "u", encoding_format: "base64" });
    expect(openai.writeEmbeddingsRequest(request, { providerModel: "text-embedding-3-small" })).toEqual({
      path: "/embeddings",
      body: {
        model: "text-embedding-3-small",
        input: ["a", "b"],
        encoding_format: "float",
        dimensions: 3,
        user: "u",
      },
    });
    expect(
      getDialect("gemini").writeEmbeddingsRequest(request, { providerModel: "gemini-embedding-001" }),
    ).toEqual({
      path: "/v1beta/models/gemini-embedding-001:batchEmbedContents",
      body: {
        requests: ["a", "b"].map((text) => ({
          model: "models/gemini-embedding-001",
          content: { parts: [{ text }] },
          outputDimensionality: 3,
        })),
      },
    });
  });

  it("cannot be had of Anthropic, nor of Gemini for tokens", () => {
    const unsupported = expect.objectContaining({ code: "unsupported_feature" }) as Error;
    const target = { providerModel: "m" };
    expect(() => getDialect("anthropic").writeEmbeddingsRequest(read({ input: "a" }), target)).toThrowError(
      unsupported,
    );
    expect(() => getDialect("gemini").writeEmbeddingsRequest(read({ input: [1] }), target)).toThrowError(
      unsupported,
    );
    expect(() => getDialect("anthropic").readEmbeddingsRequest({}, facts)).toThrowError(unsupported);
  });

  it("are read from both, in the order of the inputs", () => {
    const usage = { prompt_tokens: 4, total_tokens: 4 };
    const data = [
      { object: "embedding", index: 1, embedding: [3, 4] },
      {
        object: "embedding",
        index: 0,
        embedding: Buffer.from(new Float32Array([1, 2]).buffer).toString("base64"),
      },
    ];
    expect(openai.readEmbeddingsReply({ object: "list", model: "m", data, usage })).toEqual({
      model: "m",
      vectors: [
        [1, 2],
        [3, 4],
      ],
      usage: { ...noUsage, inputTokens: 4 },
    });
    expect(getDialect("gemini").readEmbeddingsReply({ embeddings: [{ values: [1, 2] }] })).toEqual({
      vectors: [[1, 2]],
    });
    expect(() => openai.readEmbeddingsReply({ data: [{}] })).toThrowError(
      expect.objectContaining({ code: "provider_invalid_reply" }),
    );
  });

  it("are written as numbers or as base64, as the client asked", () => {
    const reply = { vectors: [[0.5, -1]], usage: { ...noUsage, inputTokens: 4 } };
    const replyFacts = { requestId: "r", model: "embedder", createdAtMs: 0 };
    expect(openai.writeEmbeddingsReply(reply, read({ input: "a" }), replyFacts)).toEqual({
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: [0.5, -1] }],
      model: "embedder",
      usage: { prompt_tokens: 4, total_tokens: 4 },
    });
    expect(
      openai.writeEmbeddingsReply(reply, read({ input: "a", encoding_format: "base64" }), replyFacts),
    ).toMatchObject({ data: [{ embedding: "AAAAPwAAgL8=" }] });
  });
});
