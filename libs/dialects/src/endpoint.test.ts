import { describe, expect, it } from "vitest";
import { allowedMethods, dialectOfPath, matchEndpoint } from "./endpoint.ts";

const match = (method: string, target: string, headers = {}) => {
  const url = new URL(target, "http://gateway");
  return matchEndpoint(method, url.pathname, url.searchParams, headers);
};

describe("endpoints", () => {
  it.each([
    ["POST", "/v1/chat/completions", "openai", "chat", undefined, undefined],
    ["POST", "/v1/embeddings", "openai", "embeddings", undefined, false],
    ["POST", "/v1/messages", "anthropic", "chat", undefined, undefined],
    ["POST", "/v1beta/models/gemini-2.5-flash:generateContent", "gemini", "chat", "gemini-2.5-flash", false],
    ["POST", "/v1/models/gemini-2.5-flash:generateContent", "gemini", "chat", "gemini-2.5-flash", false],
    ["POST", "/v1beta/models/a%2Fb:streamGenerateContent?alt=sse", "gemini", "chat", "a/b", true],
    ["POST", "/v1/feedback", "openai", "feedback", undefined, false],
    ["GET", "/v1/models", "openai", "models", "", false],
    ["GET", "/v1/models/gpt-5-mini", "openai", "models", "gpt-5-mini", false],
    ["GET", "/v1/models/ft:gpt-5:org:name", "openai", "models", "ft:gpt-5:org:name", false],
    ["GET", "/v1beta/models", "gemini", "models", "", false],
  ])("%s %s is %s %s", (method, target, dialect, operation, model, stream) => {
    expect(match(method, target)?.endpoint).toMatchObject({
      dialect,
      operation,
      ...(model === undefined ? {} : { model }),
      ...(stream === undefined ? {} : { stream }),
    });
  });

  it("tells Anthropic's list of models by its version header", () => {
    expect(match("GET", "/v1/models", { "anthropic-version": "2023-06-01" })?.endpoint.dialect).toBe(
      "anthropic",
    );
  });

  it("tells Gemini's list of models at the same path by the way of its key", () => {
    expect(match("GET", "/v1/models", { "x-goog-api-key": "k" })?.endpoint.dialect).toBe("gemini");
    expect(match("GET", "/v1/models?key=k")?.endpoint.dialect).toBe("gemini");
  });

  it("takes Gemini's framing from alt=sse", () => {
    const target = "/v1beta/models/g:streamGenerateContent";
    expect(match("POST", target)?.endpoint.streamFraming).toBe("json-array");
    expect(match("POST", `${target}?alt=sse`)?.endpoint.streamFraming).toBe("sse");
  });

  it("keeps what the client wrote out of the route's name", () => {
    expect(match("POST", "/v1beta/models/secret:generateContent")?.route).toBe(
      "/v1beta/models/{model}:generateContent",
    );
  });

  it.each([
    ["POST", "/v1/responses"],
    ["POST", "/v1beta/models/g:toString"],
    ["POST", "/v1beta/models/%ZZ:generateContent"],
    ["DELETE", "/v1/chat/completions"],
    ["GET", "/v1/messages"],
    ["GET", "/v1beta/models/g:generateContent"],
  ])("does not serve %s %s", (method, target) => {
    expect(match(method, target)).toBeUndefined();
  });

  it("knows which methods a path has", () => {
    expect(allowedMethods("/v1/messages")).toEqual(["POST"]);
    expect(allowedMethods("/v1/models")).toEqual(["GET"]);
    expect(allowedMethods("/nowhere")).toEqual([]);
  });

  it("answers what it does not serve in the dialect that the path looks like", () => {
    expect(dialectOfPath("/v1/messages/count_tokens")).toBe("anthropic");
    expect(dialectOfPath("/v1beta/files")).toBe("gemini");
    expect(dialectOfPath("/v1/responses")).toBe("openai");
  });
});
