import { SluiceError } from "@sluice/contracts/sluice-error";
import { noUsage } from "@sluice/contracts/usage";
import { describe, expect, it } from "vitest";
import type { CanonicalStreamEvent } from "./canonical-stream.ts";
import type { ReplyFacts } from "./dialect.ts";
import { getDialect } from "./dialects.ts";

const facts: ReplyFacts = { requestId: "r-1", model: "assistant", createdAtMs: 1_700_000_000_000 };
const hello: CanonicalStreamEvent[] = [
  { type: "start", id: "x", model: "m" },
  { type: "text", candidate: 0, text: "Hi" },
  { type: "finish", candidate: 0, finishReason: "stop" },
  { type: "usage", usage: { ...noUsage, inputTokens: 3, outputTokens: 1 } },
];

function write(
  name: "openai" | "anthropic" | "gemini",
  events: CanonicalStreamEvent[],
  more: Partial<ReplyFacts> = {},
) {
  const writer = getDialect(name).createStreamWriter({ ...facts, ...more });
  return events.map((event) => writer.write(event)).join("") + writer.end();
}

describe("the bytes of a short stream", () => {
  it("are OpenAI's", () => {
    const chunk = (choices: string, rest = "") =>
      `data: {"id":"chatcmpl-r-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":[${choices}]${rest}}\n\n`;
    const choice = (delta: string, finish: string) =>
      `{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}`;
    expect(write("openai", hello)).toBe(
      chunk(choice('{"role":"assistant","content":"","refusal":null}', "null")) +
        chunk(choice('{"content":"Hi"}', "null")) +
        chunk(choice("{}", '"stop"')) +
        "data: [DONE]\n\n",
    );
    const usage =
      '{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}';
    expect(write("openai", hello, { includeUsage: true })).toBe(
      chunk(choice('{"role":"assistant","content":"","refusal":null}', "null"), ',"usage":null') +
        chunk(choice('{"content":"Hi"}', "null"), ',"usage":null') +
        chunk(choice("{}", '"stop"'), ',"usage":null') +
        chunk("", `,"usage":${usage}`) +
        "data: [DONE]\n\n",
    );
  });

  it("are Anthropic's", () => {
    const event = (name: string, fields: string) => `event: ${name}\ndata: {"type":"${name}"${fields}}\n\n`;
    expect(write("anthropic", hello)).toBe(
      event(
        "message_start",
        ',"message":{"id":"msg_r1","type":"message","role":"assistant","model":"m","container":null,"diagnostics":null,"content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"usage":{"cache_creation":null,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"inference_geo":null,"input_tokens":0,"output_tokens":0,"output_tokens_details":null,"server_tool_use":null,"service_tier":null,"speed":null}}',
      ) +
        event("ping", "") +
        event(
          "content_block_start",
          ',"index":0,"content_block":{"type":"text","text":"","citations":null}',
        ) +
        event("content_block_delta", ',"index":0,"delta":{"type":"text_delta","text":"Hi"}') +
        event("content_block_stop", ',"index":0') +
        event(
          "message_delta",
          ',"delta":{"container":null,"stop_reason":"end_turn","stop_sequence":null,"stop_details":null},"usage":{"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"input_tokens":3,"output_tokens":1,"output_tokens_details":null,"server_tool_use":null}',
        ) +
        event("message_stop", ""),
    );
  });

  it("are Gemini's, as events and as an array", () => {
    const tail = '"modelVersion":"m","responseId":"r-1"';
    const first = `{"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"},"index":0}],${tail}}`;
    const last = `{"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":1,"totalTokenCount":4,"promptTokensDetails":[{"modality":"TEXT","tokenCount":3}]},${tail}}`;
    expect(write("gemini", hello)).toBe(`data: ${first}\r\n\r\ndata: ${last}\r\n\r\n`);
    expect(write("gemini", hello, { framing: "json-array" })).toBe(`[${first},\r\n${last}\n]`);
  });
});

describe("pieces of parallel calls that a provider mixes", () => {
  const call = (index: number): CanonicalStreamEvent => ({
    type: "tool-call-start",
    candidate: 0,
    call: index,
    id: `c${index}`,
    name: "f",
  });
  const piece = (index: number, json: string): CanonicalStreamEvent => ({
    type: "tool-call-arguments",
    candidate: 0,
    call: index,
    json,
  });
  const mixed = [
    call(0),
    piece(0, '{"a"'),
    call(1),
    piece(1, '{"b"'),
    piece(0, ":1}"),
    piece(1, ":2}"),
    { type: "finish" as const, candidate: 0, finishReason: "tool-calls" as const },
  ];

  it.each(["openai", "anthropic", "gemini"] as const)("come to a client of %s as whole calls", (name) => {
    const reader = getDialect(name).createStreamReader();
    const text = write(name, mixed);
    const events = text.split(/\r?\n\r?\n/).flatMap((event) => {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      return data === undefined ? [] : reader.push({ data });
    });
    const written = [0, 1].map((index) =>
      events
        .flatMap((event) =>
          event.type === "tool-call-arguments" && event.call === index ? [event.json] : [],
        )
        .join(""),
    );
    expect(written).toEqual(['{"a":1}', '{"b":2}']);
  });
});

describe("an error within a stream", () => {
  const error = new SluiceError("provider_stream_cut", "The provider broke off its reply.");

  it.each(["openai", "anthropic", "gemini"] as const)(
    "is written by the writer of %s as its dialect writes it",
    (name) => {
      const dialect = getDialect(name);
      const writer = dialect.createStreamWriter(facts);
      writer.write({ type: "text", candidate: 0, text: "Hi" });
      expect(writer.write({ type: "error", error })).toBe(dialect.writeStreamError(error, facts.requestId));
    },
  );

  it("closes a Gemini array, begun or not", () => {
    const writer = getDialect("gemini").createStreamWriter({ ...facts, framing: "json-array" });
    const only = writer.write({ type: "error", error });
    expect(JSON.parse(only)).toHaveLength(1);
    const begun = getDialect("gemini").createStreamWriter({ ...facts, framing: "json-array" });
    const text =
      begun.write({ type: "text", candidate: 0, text: "Hi" }) + begun.write({ type: "error", error });
    expect(JSON.parse(text)).toHaveLength(2);
  });
});
