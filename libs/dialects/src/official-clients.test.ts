import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { type DialectName, dialectNames } from "@sluice/contracts/dialect-name";
import { SluiceError } from "@sluice/contracts/sluice-error";
import OpenAI from "openai";
import { describe, expect, it } from "vitest";
import type { ReplyFacts } from "./dialect.ts";
import { getDialect } from "./dialects.ts";
import { jsonFixture, streamFixture } from "./testing/read-fixture.ts";
import { readStream } from "./testing/read-stream.ts";

const facts: ReplyFacts = {
  requestId: "0198c0de-0000-7000-8000-000000000001",
  model: "assistant",
  createdAtMs: 1_763_800_000_000,
  includeUsage: true,
};
const failure = new SluiceError("provider_stream_cut", "The provider broke off its reply.");

/** What a client got, in no dialect. */
interface Received {
  text: string;
  calls: unknown[];
  stop: string | null | undefined;
  inputTokens: number | null | undefined;
  outputTokens: number | null | undefined;
}

/** Answers every request with the same body. */
const answering = (body: string, type: string, status = 200) =>
  (async () => new Response(body, { status, headers: { "content-type": type } })) satisfies typeof fetch;

const openaiClient = (body: string, type: string, status?: number) =>
  new OpenAI({ apiKey: "k", maxRetries: 0, fetch: answering(body, type, status) }).chat.completions;
const anthropicClient = (body: string, type: string, status?: number) =>
  new Anthropic({ apiKey: "k", maxRetries: 0, fetch: answering(body, type, status) }).messages;
const geminiClient = (body: string, type: string, status?: number) =>
  new GoogleGenAI({ apiKey: "k", httpOptions: { fetch: answering(body, type, status) } }).models;

const openaiRequest = { model: "assistant", messages: [{ role: "user" as const, content: "Hello" }] };
const anthropicRequest = { ...openaiRequest, max_tokens: 100 };
const geminiRequest = { model: "assistant", contents: "Hello" };
const json = "application/json";
const sse = "text/event-stream";

function fromOpenai(completion: OpenAI.ChatCompletion): Received {
  const [choice] = completion.choices;
  return {
    text: choice?.message.content ?? "",
    calls: (choice?.message.tool_calls ?? []).map((call) =>
      call.type === "function" ? JSON.parse(call.function.arguments) : undefined,
    ),
    stop: choice?.finish_reason,
    inputTokens: completion.usage?.prompt_tokens,
    outputTokens: completion.usage?.completion_tokens,
  };
}

function fromAnthropic(message: Anthropic.Message): Received {
  return {
    text: message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join(""),
    calls: message.content.flatMap((block) => (block.type === "tool_use" ? [block.input] : [])),
    stop: message.stop_reason,
    inputTokens:
      message.usage.input_tokens +
      (message.usage.cache_read_input_tokens ?? 0) +
      (message.usage.cache_creation_input_tokens ?? 0),
    outputTokens: message.usage.output_tokens,
  };
}

const clients: Record<
  DialectName,
  {
    whole(body: string, status?: number): Promise<Received>;
    stream(body: string): Promise<Received>;
    stop: string;
  }
> = {
  openai: {
    whole: async (body, status) => fromOpenai(await openaiClient(body, json, status).create(openaiRequest)),
    stream: async (body) =>
      fromOpenai(await openaiClient(body, sse).stream(openaiRequest).finalChatCompletion()),
    stop: "tool_calls",
  },
  anthropic: {
    whole: async (body, status) =>
      fromAnthropic(await anthropicClient(body, json, status).create(anthropicRequest)),
    stream: async (body) =>
      fromAnthropic(await anthropicClient(body, sse).stream(anthropicRequest).finalMessage()),
    stop: "tool_use",
  },
  gemini: {
    async whole(body, status) {
      const reply = await geminiClient(body, json, status).generateContent(geminiRequest);
      return {
        text: reply.candidates?.[0]?.content?.parts?.find((part) => part.text === "Let me look.")?.text ?? "",
        calls: (reply.functionCalls ?? []).map((call) => call.args),
        stop: reply.candidates?.[0]?.finishReason,
        inputTokens: reply.usageMetadata?.promptTokenCount,
        outputTokens:
          (reply.usageMetadata?.candidatesTokenCount ?? 0) + (reply.usageMetadata?.thoughtsTokenCount ?? 0),
      };
    },
    async stream(body) {
      const received: Received = {
        text: "",
        calls: [],
        stop: undefined,
        inputTokens: undefined,
        outputTokens: undefined,
      };
      for await (const piece of await geminiClient(body, sse).generateContentStream(geminiRequest)) {
        const [candidate] = piece.candidates ?? [];
        for (const part of candidate?.content?.parts ?? []) {
          if (part.thought !== true) received.text += part.text ?? "";
          if (part.functionCall !== undefined) received.calls.push(part.functionCall.args);
        }
        received.stop = candidate?.finishReason ?? received.stop;
        const usage = piece.usageMetadata;
        received.inputTokens = usage?.promptTokenCount ?? received.inputTokens;
        received.outputTokens =
          usage === undefined
            ? received.outputTokens
            : (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0);
      }
      return received;
    },
    stop: "STOP",
  },
};

const pairs = dialectNames.flatMap((client) => dialectNames.map((provider) => ({ client, provider })));
const expected = (client: DialectName): Received => ({
  text: "Let me look.",
  calls: [{ city: 'Zürich "HB"' }, { city: "Rome" }],
  stop: clients[client].stop,
  inputTokens: 120,
  outputTokens: 60,
});

describe("the official clients", () => {
  it.each(pairs)("of $client read a reply of $provider", async ({ client, provider }) => {
    const reply = getDialect(provider).readChatReply(jsonFixture(`${provider}-reply`));
    const body = JSON.stringify(getDialect(client).writeChatReply(reply, facts));
    expect(await clients[client].whole(body)).toEqual(expected(client));
  });

  it.each(pairs)("of $client read a stream of $provider", async ({ client, provider }) => {
    const events = readStream(
      [streamFixture(`${provider}-stream`)],
      getDialect(provider).createStreamReader(),
    );
    const writer = getDialect(client).createStreamWriter(facts);
    const body = events.map((event) => writer.write(event)).join("") + writer.end();
    expect(await clients[client].stream(body)).toEqual(expected(client));
  });

  it.each(dialectNames)("of %s raise an error with its status and its message", async (client) => {
    const error = new SluiceError("model_not_found", "There is no such model.");
    const body = JSON.stringify(getDialect(client).writeError(error, facts.requestId));
    await expect(clients[client].whole(body, error.status)).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining("There is no such model.") as string,
    });
  });

  it.each(dialectNames)("of %s raise an error that comes within a stream", async (client) => {
    const writer = getDialect(client).createStreamWriter(facts);
    const begun =
      writer.write({ type: "start", model: "m" }) + writer.write({ type: "text", candidate: 0, text: "Hi" });
    const body = begun + getDialect(client).writeStreamError(failure, facts.requestId);
    await expect(clients[client].stream(body)).rejects.toThrowError(/The provider broke off its reply/);
  });

  it("list the models", async () => {
    const models = [{ name: "small", createdAtMs: 1_700_000_000_000 }];
    const list = (name: DialectName) =>
      answering(JSON.stringify(getDialect(name).writeModelList(models)), json);
    const openai = await new OpenAI({ apiKey: "k", fetch: list("openai") }).models.list();
    expect(openai.data.map((model) => model.id)).toEqual(["small"]);
    const anthropic = await new Anthropic({ apiKey: "k", fetch: list("anthropic") }).models.list();
    expect(anthropic.data.map((model) => model.id)).toEqual(["small"]);
    const gemini = await new GoogleGenAI({
      apiKey: "k",
      httpOptions: { fetch: list("gemini") },
    }).models.list();
    expect(gemini.page.map((model) => model.name)).toEqual(["models/small"]);
  });
});
