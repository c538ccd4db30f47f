import type { CanonicalChatRequest } from "@sluice/dialects/canonical-request";
import { getDialect } from "@sluice/dialects/dialects";
import { describe, expect, it } from "vitest";
import { continuationRequest } from "./continuation-plan.ts";
import { StreamSoFar } from "./stream-so-far.ts";

const asked: CanonicalChatRequest = {
  dialect: "openai",
  model: "smart",
  stream: true,
  messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
  continuesAssistant: false,
  tools: [],
  stopSequences: [],
  candidateCount: 1,
  includeUsage: false,
};

function stream(text: string, request = asked): StreamSoFar {
  const facts = { requestId: "1", model: "smart", createdAtMs: 0 };
  const soFar = new StreamSoFar(request, getDialect("openai"), facts);
  soFar.write({ type: "text", candidate: 0, text });
  soFar.sent();
  return soFar;
}

describe("a request to go on with a reply", () => {
  it("holds it as the beginning where the model takes one, without the white space at its end", () => {
    const { request, left } = continuationRequest(stream("It is \n"), true);
    expect(request).toMatchObject({ continuesAssistant: true });
    expect(request.messages.at(-1)).toEqual({
      role: "assistant",
      content: [{ type: "text", text: "It is" }],
    });
    expect(left).toBe(" \n");
  });

  it("holds it as a message, and asks to go on, where the model takes none", () => {
    const { request } = continuationRequest(stream("It is"), false);
    expect(request.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(request.continuesAssistant).toBe(false);
  });

  it("is the same once more where nothing but white space has come", () => {
    expect(continuationRequest(stream(" \n"), true)).toEqual({ request: asked, left: " \n" });
  });

  it("has what is left of the client's limit, and one token at least", () => {
    const limited = (text: string) =>
      continuationRequest(stream(text, { ...asked, maxOutputTokens: 100 }), true).request.maxOutputTokens;
    expect(limited("four".repeat(40))).toBe(60);
    expect(limited("four".repeat(400))).toBe(1);
  });

  it("has no wish to think before the rest of its own text", () => {
    const { request } = continuationRequest(
      stream("It is", { ...asked, reasoning: { enabled: true } }),
      true,
    );
    expect(request.reasoning).toBeUndefined();
  });
});

describe("a stream so far", () => {
  it.each([
    ["something but text", { type: "thinking", candidate: 0, text: "Hm" }],
    ["a refusal", { type: "refusal", candidate: 0, text: "No" }],
    ["a second answer", { type: "text", candidate: 1, text: "Hi" }],
    ["its end", { type: "finish", candidate: 0, finishReason: "stop" }],
  ] as const)("with %s is not gone on with", (_what, event) => {
    const soFar = stream("It is");
    expect(soFar.canGoOn).toBe(true);
    soFar.write(event);
    soFar.sent();
    expect(soFar.canGoOn).toBe(false);
  });

  it("of which a part has not gone out is not gone on with", () => {
    const soFar = stream("It is");
    soFar.write({ type: "text", candidate: 0, text: " so" });
    expect(soFar.canGoOn).toBe(false);
  });
});
