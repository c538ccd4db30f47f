import { dialectNames } from "@sluice/contracts/dialect-name";
import { describe, expect, it } from "vitest";
import type { CanonicalChatReply } from "./canonical-reply.ts";
import type { ReplyFacts } from "./dialect.ts";
import { getDialect } from "./dialects.ts";
import { collectReply } from "./testing/collect-reply.ts";
import { jsonFixture, streamFixture } from "./testing/read-fixture.ts";
import { readStream } from "./testing/read-stream.ts";

const facts: ReplyFacts = {
  requestId: "0198c0de-0000-7000-8000-000000000001",
  model: "assistant",
  createdAtMs: 1_763_800_000_000,
  includeUsage: true,
};
const pairs = dialectNames.flatMap((provider) => dialectNames.map((client) => ({ provider, client })));

const usage = {
  openai: {
    inputTokens: 120,
    cachedInputTokens: 100,
    cacheWriteInputTokens: 0,
    cacheWriteOneHourInputTokens: 0,
    inputAudioTokens: 0,
  },
  anthropic: {
    inputTokens: 120,
    cachedInputTokens: 80,
    cacheWriteInputTokens: 30,
    cacheWriteOneHourInputTokens: 10,
    inputAudioTokens: 0,
  },
  gemini: {
    inputTokens: 120,
    cachedInputTokens: 80,
    cacheWriteInputTokens: 0,
    cacheWriteOneHourInputTokens: 0,
    inputAudioTokens: 10,
  },
};

/** What is said, without what only its provider can know or read. */
function essence(reply: CanonicalChatReply) {
  return reply.candidates.map(({ content, finishReason }) => ({
    finishReason,
    content: content.map((part) => {
      if (part.type === "tool-call") {
        return {
          type: part.type,
          id: part.id,
          name: part.name,
          arguments: JSON.parse(part.argumentsJson) as unknown,
        };
      }
      return "text" in part ? { type: part.type, text: part.text } : { type: part.type };
    }),
  }));
}

describe("provider replies", () => {
  it.each(dialectNames)("of %s carry text, parallel calls, stop reason and the totals of usage", (name) => {
    const reply = getDialect(name).readChatReply(jsonFixture(`${name}-reply`));
    expect(reply.usage).toEqual({
      ...usage[name],
      outputTokens: 60,
      reasoningTokens: 20,
      outputAudioTokens: 0,
    });
    const calls = reply.candidates[0]?.content.filter((part) => part.type === "tool-call") ?? [];
    expect(calls.map((call) => JSON.parse(call.argumentsJson) as unknown)).toEqual([
      { city: 'Zürich "HB"' },
      { city: "Rome" },
    ]);
    expect(reply.candidates[0]?.content).toContainEqual({ type: "text", text: "Let me look." });
    expect(reply.candidates[0]?.finishReason).toBe("tool-calls");
  });

  it.each(dialectNames)("of %s say the same whole and streamed", (name) => {
    const whole = getDialect(name).readChatReply(jsonFixture(`${name}-reply`));
    const events = readStream([streamFixture(`${name}-stream`)], getDialect(name).createStreamReader());
    expect(collectReply(events)).toEqual(whole);
  });

  it.each(dialectNames)("of %s are read the same wherever their stream is cut into pieces", (name) => {
    const bytes = streamFixture(`${name}-stream`);
    const expected = readStream([bytes], getDialect(name).createStreamReader());
    const single = Array.from(bytes, (_byte, index) => bytes.subarray(index, index + 1));
    expect(readStream(single, getDialect(name).createStreamReader())).toEqual(expected);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(readStream(pieces, getDialect(name).createStreamReader())).toEqual(expected);
    }
  });

  it.each(dialectNames)("of %s that break off are an error", (name) => {
    const bytes = streamFixture(`${name}-stream`);
    const half = bytes.subarray(0, bytes.length / 2);
    expect(() => readStream([half], getDialect(name).createStreamReader())).toThrowError(
      expect.objectContaining({ code: "provider_stream_cut" }),
    );
  });

  it.each(dialectNames)("of %s that are no JSON are an error that does not quote them", (name) => {
    const reader = getDialect(name).createStreamReader();
    expect(() => reader.push({ data: "secret" })).toThrowError(
      expect.objectContaining({
        code: "provider_invalid_reply",
        message: "The provider sent an event that is not JSON.",
      }),
    );
    expect(() => getDialect(name).readChatReply({ nonsense: true })).toThrowError(
      expect.objectContaining({ code: "provider_invalid_reply" }),
    );
  });
});

describe("replies on their way", () => {
  it.each(pairs)(
    "from $provider to a client of $client keep text, thinking, calls and stop reason",
    (pair) => {
      const reply = getDialect(pair.provider).readChatReply(jsonFixture(`${pair.provider}-reply`));
      const written = getDialect(pair.client).writeChatReply(reply, facts);
      const again = getDialect(pair.client).readChatReply(JSON.parse(JSON.stringify(written)));
      const carriers = (part: { type: string; text?: unknown }) =>
        !(part.type === "thinking" && part.text === "");
      expect(essence(again).map((one) => ({ ...one, content: one.content.filter(carriers) }))).toEqual(
        essence(reply),
      );
      expect(again.usage?.inputTokens).toBe(120);
      expect(again.usage?.outputTokens).toBe(60);
      expect(again.usage?.cachedInputTokens).toBe(reply.usage?.cachedInputTokens);
      expect(again.usage?.reasoningTokens).toBe(20);
      expect(again.model).toBe(reply.model);
    },
  );

  it.each(pairs)("from $provider to a client of $client say the same streamed and whole", (pair) => {
    const client = getDialect(pair.client);
    const events = readStream(
      [streamFixture(`${pair.provider}-stream`)],
      getDialect(pair.provider).createStreamReader(),
    );
    const writer = client.createStreamWriter(facts);
    const text = events.map((event) => writer.write(event)).join("") + writer.end();
    const streamed = collectReply(readStream([Buffer.from(text)], client.createStreamReader()));
    const whole = client.readChatReply(
      JSON.parse(JSON.stringify(client.writeChatReply(collectReply(events), facts))),
    );
    expect(essence(streamed)).toEqual(essence(whole));
    expect(streamed.usage).toEqual(whole.usage);
  });
});

describe("watching a stream that is passed through", () => {
  it.each(dialectNames)("finds in that of %s what reading it whole finds", (name) => {
    const reader = getDialect(name).createUsageReader();
    readStream([streamFixture(`${name}-stream`)], {
      push: (event) => {
        reader.push(event);
        return [];
      },
      finish: () => [],
    });
    const reply = getDialect(name).readChatReply(jsonFixture(`${name}-reply`));
    const report = reader.result();
    expect(report).toMatchObject({ complete: true, usage: reply.usage, responseModel: reply.model });
    expect(report.usageIsPartial).toBeUndefined();
    expect(report.providerRequestId).toBe(reply.id);
    expect(reader.outputText()).toContain("Let me look.");
    expect(reader.outputText()).toContain("Rome");
    expect(reader.outputChars()).toBe(reader.outputText().length);
  });

  it.each(dialectNames)("finds in a whole reply of %s what reading it finds", (name) => {
    const json = jsonFixture(`${name}-reply`);
    const reply = getDialect(name).readChatReply(json);
    const report = getDialect(name).readUsageFromReply(json);
    expect(report).toMatchObject({
      usage: reply.usage,
      responseModel: reply.model,
      providerRequestId: reply.id,
    });
    expect(getDialect(name).readUsageFromReply("no reply")).toEqual({});
  });

  it("says of a stream without usage that there is none", () => {
    const reader = getDialect("openai").createUsageReader();
    reader.push({
      data: '{"id":"x","model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}',
    });
    expect(reader.result()).toEqual({ complete: false, responseModel: "m", providerRequestId: "x" });
    expect(reader.outputText()).toBe("Hi");
  });

  it("says of a message that broke off that only its input is counted", () => {
    const reader = getDialect("anthropic").createUsageReader();
    reader.push({
      event: "message_start",
      data: '{"type":"message_start","message":{"id":"m","model":"c","usage":{"input_tokens":7,"output_tokens":1}}}',
    });
    expect(reader.result()).toMatchObject({
      complete: false,
      usageIsPartial: true,
      usage: { inputTokens: 7, outputTokens: 1 },
    });
  });

  it.each([
    ["openai", '{"error":{"message":"Overloaded","type":"server_error"}}', undefined, "provider_error"],
    [
      "anthropic",
      '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
      "error",
      "provider_error",
    ],
    [
      "gemini",
      '{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}',
      undefined,
      "provider_rate_limited",
    ],
  ] as const)("finds the error in a stream of %s, as reading does", (name, data, event, code) => {
    const watcher = getDialect(name).createUsageReader();
    watcher.push({ event, data });
    expect(watcher.result().error?.code).toBe(code);
    const [read] = getDialect(name).createStreamReader().push({ event, data });
    expect(read).toMatchObject({ type: "error", error: { code } });
  });
});
