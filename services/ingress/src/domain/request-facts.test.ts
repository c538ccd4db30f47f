import type { Endpoint } from "@sluice/dialects/endpoint";
import { describe, expect, it } from "vitest";
import { readRequestFacts } from "./request-facts.ts";

const openai: Endpoint = { dialect: "openai", operation: "chat", streamFraming: "sse" };
const gemini: Endpoint = { ...openai, dialect: "gemini", model: "g", stream: true };
const read = (endpoint: Endpoint, text: string | Buffer) =>
  readRequestFacts(endpoint, Buffer.from(text), 4, { routePrompt: undefined, templates: {}, headers: {} });

describe("facts of a request", () => {
  it("come from the body", () => {
    expect(read(openai, '{"model": "m", "stream": true}')).toEqual({ model: "m", stream: true });
    expect(read(openai, '{"model": "m", "stream": null}')).toEqual({ model: "m", stream: false });
  });

  it("come from the path where it has them", () => {
    expect(read(gemini, '{"model": "other", "stream": false}')).toEqual({ model: "g", stream: true });
  });

  it("have no model where a prompt template may name one", () => {
    const prompt = { template: "p" };
    expect(read(openai, '{"prompt": {"id": "p"}}')).toEqual({ model: "", stream: false, prompt });
    expect(read(openai, '{"model": "m", "prompt": {"id": "p"}}')).toEqual({
      model: "m",
      stream: false,
      prompt,
    });
    const embeddings: Endpoint = { ...openai, operation: "embeddings" };
    expect(read(embeddings, '{"model": "m", "prompt": {"id": "p"}}')).toEqual({ model: "m", stream: false });
  });

  it.each([
    ["{}", "The field model is missing.", "model"],
    ['{"model": 5}', "The field model must be a string of 1 to 256 characters.", "model"],
    ['{"model": ""}', "The field model must be a string of 1 to 256 characters.", "model"],
    ['{"model": "m", "stream": "yes"}', "The field stream must be true or false.", "stream"],
    ["[]", "The request body must be a JSON object.", undefined],
    ["null", "The request body must be a JSON object.", undefined],
    ['{"model": "m", "a": [[[[]]]]}', "The request body is nested deeper than 4 levels.", undefined],
  ])("are refused for %s", (text, message, parameter) => {
    expect(() => read(openai, text)).toThrow(
      expect.objectContaining({ code: "invalid_request", message, parameter }),
    );
  });

  it("are refused for bytes that are no UTF-8", () => {
    expect(() => read(openai, Buffer.of(0x7b, 0xff, 0x7d))).toThrow("The request body is not valid UTF-8.");
  });
});
