import { describe, expect, it } from "vitest";
import type { CanonicalChatRequest, CanonicalReasoning } from "../canonical-request.ts";
import { chatRequest } from "../testing/chat-request.ts";
import { writeGeminiRequest } from "./write-request.ts";

const body = (fields: Partial<CanonicalChatRequest>, providerModel = "gemini-3-flash") =>
  writeGeminiRequest(chatRequest(fields), { providerModel }).body as Record<string, unknown>;
const generation = (fields: Partial<CanonicalChatRequest>, providerModel?: string) =>
  body(fields, providerModel).generationConfig;

describe("a request to Gemini", () => {
  it.each([
    ["stop", { stopSequences: ["1", "2", "3", "4", "5", "6"] }],
    ["parallel_tool_calls", { parallelToolCalls: false, tools: [{ name: "f" }] }],
    ["messages", { continuesAssistant: true }],
  ])("refuses %s where Gemini cannot do it", (parameter, fields) => {
    expect(() => body(fields)).toThrowError(
      expect.objectContaining({ code: "unsupported_feature", parameter }),
    );
  });

  it("carries all sampling parameters", () => {
    expect(
      generation({
        candidateCount: 2,
        topK: 5,
        seed: 6,
        frequencyPenalty: 0.1,
        presencePenalty: 0.2,
        logprobs: { alternatives: 3 },
      }),
    ).toEqual({
      candidateCount: 2,
      topK: 5,
      seed: 6,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
      responseLogprobs: true,
      logprobs: 3,
    });
  });

  it("writes thinking as each model knows it", () => {
    const thinking = (reasoning: CanonicalReasoning, model: string) =>
      (generation({ reasoning }, model) as { thinkingConfig: unknown }).thinkingConfig;
    const off: CanonicalReasoning = { enabled: false };
    expect(thinking({ enabled: true, effort: "xhigh", includeThoughts: true }, "gemini-3-flash")).toEqual({
      thinkingLevel: "HIGH",
      includeThoughts: true,
    });
    expect(thinking({ enabled: true, budgetTokens: 8000 }, "gemini-flash-latest")).toEqual({
      thinkingLevel: "MEDIUM",
    });
    expect(thinking({ enabled: true, effort: "minimal" }, "gemini-3-pro-preview")).toEqual({
      thinkingLevel: "LOW",
    });
    expect(thinking(off, "gemini-3-flash")).toEqual({ thinkingLevel: "MINIMAL" });
    expect(thinking({ enabled: true, effort: "high" }, "gemini-2.5-flash")).toEqual({
      thinkingBudget: 24_576,
    });
    expect(thinking({ enabled: true, budgetTokens: 512 }, "gemini-2.5-flash")).toEqual({
      thinkingBudget: 512,
    });
    expect(thinking(off, "gemini-2.5-flash")).toEqual({ thinkingBudget: 0 });
    expect(thinking(off, "gemini-2.5-pro")).toEqual({ thinkingBudget: 128 });
    expect(generation({ reasoning: { enabled: true } }, "gemini-2.5-flash")).toEqual({ thinkingConfig: {} });
  });

  it("signs calls for the models that want it, and only the first of parallel ones", () => {
    const call = (id: string, value?: string) => ({
      type: "tool-call" as const,
      id,
      name: "f",
      argumentsJson: "{}",
      ...(value === undefined ? {} : { signature: { from: "gemini" as const, value } }),
    });
    const foreign = { ...call("x"), signature: { from: "anthropic" as const, value: "s" } };
    const signatures = (content: ReturnType<typeof call>[] | (typeof foreign)[], model: string) => {
      const { contents } = body({ messages: [{ role: "assistant", content }] }, model) as {
        contents: { parts: { thoughtSignature?: string }[] }[];
      };
      return contents[0]?.parts.map((part) => part.thoughtSignature);
    };
    expect(signatures([call("a", "sig"), call("b")], "gemini-3-flash")).toEqual(["sig", undefined]);
    expect(signatures([call("a"), call("b")], "gemini-3-flash")).toEqual([
      "skip_thought_signature_validator",
      undefined,
    ]);
    expect(signatures([foreign], "gemini-3-flash")).toEqual(["skip_thought_signature_validator"]);
    expect(signatures([call("a")], "gemini-2.5-flash")).toEqual([undefined]);
  });

  it("gives results as what they say, failures as errors, images as parts of their own", () => {
    const { contents } = body({
      messages: [
        {
          role: "tool",
          content: [
            {
              type: "tool-result",
              callId: "a",
              name: "f",
              isError: false,
              content: [{ type: "text", text: '{"t":1}' }],
            },
            {
              type: "tool-result",
              callId: "b",
              name: "f",
              isError: true,
              content: [{ type: "text", text: "no" }],
            },
            {
              type: "tool-result",
              callId: "c",
              name: "f",
              isError: false,
              content: [
                { type: "image", path: "", source: { kind: "base64", mediaType: "image/png", data: "AA==" } },
              ],
            },
          ],
        },
      ],
    });
    expect(contents).toEqual([
      {
        role: "user",
        parts: [
          { functionResponse: { id: "a", name: "f", response: { output: { t: 1 } } } },
          { functionResponse: { id: "b", name: "f", response: { error: "no" } } },
          { functionResponse: { id: "c", name: "f", response: { output: "" } } },
          { inlineData: { mimeType: "image/png", data: "AA==" } },
        ],
      },
    ]);
  });

  it("writes every choice of tools", () => {
    const tools = [{ name: "f" }, { name: "g", parameters: { type: "object", properties: {} } }];
    const config = (toolChoice: NonNullable<CanonicalChatRequest["toolChoice"]>) => {
      const written = body({ tools, toolChoice });
      return [written.toolConfig, written.tools];
    };
    const both = [{ functionDeclarations: [{ name: "f" }, { name: "g" }] }];
    expect(config({ mode: "required", names: ["g"] })).toEqual([
      { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["g"] } },
      both,
    ]);
    expect(config({ mode: "auto", names: ["g"] })).toEqual([
      { functionCallingConfig: { mode: "AUTO" } },
      [{ functionDeclarations: [{ name: "g" }] }],
    ]);
    expect(config({ mode: "none" })).toEqual([{ functionCallingConfig: { mode: "NONE" } }, both]);
  });

  it("asks for JSON, by a schema where there is one", () => {
    expect(generation({ responseFormat: { type: "json-object" } })).toEqual({
      responseMimeType: "application/json",
    });
    const schema = { type: "object", properties: { a: { type: "string" } }, additionalProperties: false };
    expect(generation({ responseFormat: { type: "json-schema", name: "n", schema } })).toEqual({
      responseMimeType: "application/json",
      responseSchema: { type: "OBJECT", properties: { a: { type: "STRING" } }, propertyOrdering: ["a"] },
    });
  });
});
