import { dialectNames } from "@sluice/contracts/dialect-name";
import { noUsage } from "@sluice/contracts/usage";
import { describe, expect, it } from "vitest";
import type { CanonicalChatReply, FinishReason } from "./canonical-reply.ts";
import type { ReplyFacts } from "./dialect.ts";
import { getDialect } from "./dialects.ts";

const facts: ReplyFacts = { requestId: "r-1", model: "assistant", createdAtMs: 1_700_000_000_000 };
const answer = (fields: Partial<CanonicalChatReply["candidates"][number]>): CanonicalChatReply => ({
  candidates: [{ index: 0, content: [{ type: "text", text: "Hi" }], finishReason: "stop", ...fields }],
});

describe("why a model stopped", () => {
  it.each([
    ["openai", "stop", "stop"],
    ["openai", "length", "length"],
    ["openai", "tool_calls", "tool-calls"],
    ["openai", "function_call", "tool-calls"],
    ["openai", "content_filter", "content-filter"],
    ["openai", "eos", "other"],
    ["anthropic", "end_turn", "stop"],
    ["anthropic", "stop_sequence", "stop-sequence"],
    ["anthropic", "max_tokens", "length"],
    ["anthropic", "model_context_window_exceeded", "length"],
    ["anthropic", "refusal", "content-filter"],
    ["anthropic", "pause_turn", "other"],
    ["gemini", "STOP", "stop"],
    ["gemini", "MAX_TOKENS", "length"],
    ["gemini", "SAFETY", "content-filter"],
    ["gemini", "RECITATION", "content-filter"],
    ["gemini", "PROHIBITED_CONTENT", "content-filter"],
    ["gemini", "LANGUAGE", "other"],
  ] as const)("is read from %s: %s", (name, reason, expected) => {
    const bodies = {
      openai: { choices: [{ message: { content: "Hi" }, finish_reason: reason }] },
      anthropic: { content: [{ type: "text", text: "Hi" }], stop_reason: reason },
      gemini: { candidates: [{ content: { parts: [{ text: "Hi" }] }, finishReason: reason }] },
    };
    expect(getDialect(name).readChatReply(bodies[name]).candidates[0]?.finishReason).toBe(expected);
  });

  it.each([
    ["stop", "stop", "end_turn", "STOP"],
    ["stop-sequence", "stop", "stop_sequence", "STOP"],
    ["length", "length", "max_tokens", "MAX_TOKENS"],
    ["tool-calls", "tool_calls", "tool_use", "STOP"],
    ["content-filter", "content_filter", "refusal", "SAFETY"],
    ["other", "stop", "end_turn", "OTHER"],
  ] as [FinishReason, string, string, string][])(
    "is written: %s",
    (finishReason, openai, anthropic, gemini) => {
      const reply = answer({
        finishReason,
        ...(finishReason === "stop-sequence" ? { stopSequence: "END" } : {}),
      });
      expect(getDialect("openai").writeChatReply(reply, facts)).toMatchObject({
        choices: [{ finish_reason: openai }],
      });
      expect(getDialect("anthropic").writeChatReply(reply, facts)).toMatchObject({
        stop_reason: anthropic,
        stop_sequence: finishReason === "stop-sequence" ? "END" : null,
      });
      expect(getDialect("gemini").writeChatReply(reply, facts)).toMatchObject({
        candidates: [{ finishReason: gemini }],
      });
    },
  );
});

describe("a reply", () => {
  it("with several answers and log probabilities keeps them between the dialects that know them", () => {
    const tokens = [{ token: "Hi", logprob: -0.1, alternatives: [{ token: "Ho", logprob: -2 }] }];
    const reply: CanonicalChatReply = {
      candidates: [
        { index: 0, content: [{ type: "text", text: "Hi" }], finishReason: "stop", logprobs: tokens },
        { index: 1, content: [{ type: "text", text: "Ho" }], finishReason: "length" },
      ],
    };
    for (const name of ["openai", "gemini"] as const) {
      const dialect = getDialect(name);
      expect(dialect.readChatReply(dialect.writeChatReply(reply, facts)).candidates).toEqual(
        reply.candidates,
      );
      const writer = dialect.createStreamWriter(facts);
      const written = [
        writer.write({ type: "text", candidate: 1, text: "Ho" }),
        writer.write({ type: "logprobs", candidate: 0, tokens }),
        writer.write({ type: "finish", candidate: 0, finishReason: "stop" }),
        writer.end(),
      ].join("");
      expect(written).toContain('"Ho"');
      expect(written).toContain("-0.1");
    }
  });

  it("without usage says none where the dialect lets it", () => {
    expect(getDialect("openai").writeChatReply(answer({}), facts)).not.toHaveProperty("usage");
    expect(getDialect("gemini").writeChatReply(answer({}), facts)).not.toHaveProperty("usageMetadata");
    for (const [name, body] of [
      ["openai", { choices: [{ message: { content: "Hi" } }], usage: null }],
      ["anthropic", { content: [], usage: {} }],
      ["gemini", { candidates: [{ finishReason: "STOP" }], usageMetadata: {} }],
    ] as const) {
      expect(getDialect(name).readChatReply(body).usage).toBeUndefined();
    }
  });

  it("that only refuses is a refusal to every client", () => {
    const reply = getDialect("openai").readChatReply({
      choices: [{ message: { content: null, refusal: "I can't." }, finish_reason: "stop" }],
    });
    expect(reply.candidates[0]?.content).toEqual([{ type: "refusal", text: "I can't." }]);
    expect(getDialect("openai").writeChatReply(reply, facts)).toMatchObject({
      choices: [{ message: { content: null, refusal: "I can't." } }],
    });
    expect(getDialect("anthropic").writeChatReply(reply, facts)).toMatchObject({
      content: [{ text: "I can't." }],
    });
  });

  it("with thinking gives an OpenAI client reasoning_content, and takes it from servers by either name", () => {
    const reply = answer({
      content: [
        { type: "thinking", text: "Hm." },
        { type: "text", text: "Yes." },
      ],
    });
    expect(getDialect("openai").writeChatReply(reply, facts)).toMatchObject({
      choices: [{ message: { content: "Yes.", reasoning_content: "Hm." } }],
    });
    for (const field of ["reasoning_content", "reasoning"]) {
      const body = { choices: [{ message: { content: "Yes.", [field]: "Hm." }, finish_reason: "stop" }] };
      expect(getDialect("openai").readChatReply(body).candidates[0]?.content[0]).toEqual({
        type: "thinking",
        text: "Hm.",
      });
    }
  });

  it("with arguments cut off by the limit gives object dialects what can be read of them", () => {
    const call = {
      type: "tool-call" as const,
      id: "c",
      name: "f",
      argumentsJson: '{"city":"Paris","days":[1,',
    };
    const reply = answer({ content: [call], finishReason: "length" });
    expect(getDialect("anthropic").writeChatReply(reply, facts)).toMatchObject({
      content: [{ type: "tool_use", input: { city: "Paris", days: [1] } }],
    });
    expect(getDialect("openai").writeChatReply(reply, facts)).toMatchObject({
      choices: [{ message: { tool_calls: [{ function: { arguments: call.argumentsJson } }] } }],
    });
  });

  it("names calls that have no id, the same way each time", () => {
    const part = { functionCall: { name: "f" } };
    const body = {
      responseId: "r",
      candidates: [{ content: { parts: [part, part] }, finishReason: "STOP" }],
    };
    const ids = () =>
      getDialect("gemini")
        .readChatReply(body)
        .candidates[0]?.content.map((one) => (one.type === "tool-call" ? one.id : undefined));
    expect(ids()).toEqual(ids());
    expect(new Set(ids()).size).toBe(2);
    expect(ids()?.[0]).toMatch(/^call_[0-9a-f]{24}$/);
  });

  it("of Gemini that was blocked, failed, or came as an image is told apart", () => {
    const { readChatReply } = getDialect("gemini");
    expect(readChatReply({ promptFeedback: { blockReason: "SAFETY" } }).candidates).toEqual([
      { index: 0, content: [], finishReason: "content-filter" },
    ]);
    expect(() => readChatReply({ candidates: [{ finishReason: "MALFORMED_FUNCTION_CALL" }] })).toThrowError(
      expect.objectContaining({ code: "provider_invalid_reply" }),
    );
    const image = { inlineData: { mimeType: "image/png", data: "AA==" } };
    expect(() =>
      readChatReply({ candidates: [{ content: { parts: [image] }, finishReason: "STOP" }] }),
    ).toThrowError(expect.objectContaining({ code: "unsupported_feature" }));
    expect(() => readChatReply({})).toThrowError(expect.objectContaining({ code: "provider_invalid_reply" }));
  });
});

describe("signatures of one provider on their way through a client of another dialect", () => {
  const signed: CanonicalChatReply = {
    candidates: [
      {
        index: 0,
        content: [
          { type: "thinking", text: "Hm.", signature: { from: "anthropic", value: "think:sig" } },
          { type: "redacted-thinking", data: "hidden", from: "anthropic" },
          {
            type: "tool-call",
            id: "c",
            name: "f",
            argumentsJson: "{}",
            signature: { from: "gemini", value: "call-sig" },
          },
        ],
        finishReason: "tool-calls",
      },
    ],
    usage: noUsage,
  };
  const history = {
    openai: (reply: { choices: { message: unknown }[] }) => ({ messages: [reply.choices[0]?.message] }),
    anthropic: (reply: { content: unknown }) => ({
      max_tokens: 9,
      messages: [{ role: "assistant", content: reply.content }],
    }),
    gemini: (reply: { candidates: { content: unknown }[] }) => ({ contents: [reply.candidates[0]?.content] }),
  };

  it.each(dialectNames)("come back from a client of %s as they went", (name) => {
    const dialect = getDialect(name);
    const written: never = dialect.writeChatReply(signed, facts) as never;
    const { messages } = dialect.readChatRequest(JSON.parse(JSON.stringify(history[name](written))), {
      model: "m",
      stream: false,
    });
    const [call] = messages[0]?.content.filter((part) => part.type === "tool-call") ?? [];
    expect(call).toMatchObject({ signature: { from: "gemini", value: "call-sig" } });
    const thinking = messages[0]?.content.slice(0, -1);
    const shown =
      name === "openai" ? [{ type: "thinking", text: "Hm." }] : signed.candidates[0]?.content.slice(0, 2);
    expect(thinking).toEqual(shown);
  });

  it("are base64 for Gemini's clients, which decode them", () => {
    const reply = getDialect("gemini").writeChatReply(signed, facts) as {
      candidates: { content: { parts: { thoughtSignature: string }[] } }[];
    };
    const signature = reply.candidates[0]?.content.parts[0]?.thoughtSignature ?? "";
    expect(Buffer.from(signature, "base64").toString()).toBe("sluice:anthropic:signature:think:sig");
  });

  it("are marked where there are none, so that thinking is never taken for signed", () => {
    const reply = answer({ content: [{ type: "thinking", text: "Hm." }] });
    const written = getDialect("anthropic").writeChatReply(reply, facts);
    expect(getDialect("anthropic").canPassThrough(JSON.stringify(written))).toBe(false);
  });
});
