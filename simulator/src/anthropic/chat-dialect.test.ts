import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../start-simulator.ts";
import { billRows, collect } from "../testing/call-simulator.ts";

let simulator: Simulator;
let client: Anthropic;

beforeAll(async () => {
  simulator = await startSimulator();
  client = new Anthropic({ baseURL: simulator.url, apiKey: "test-key", maxRetries: 0 });
});
afterAll(() => simulator.stop());

const base = { model: "claude-sonnet-4-5", max_tokens: 2_000 };
const user = (content: string) => ({ role: "user", content }) as const;
const weatherTool = {
  name: "get_weather",
  description: "Weather of a place",
  input_schema: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
} as const satisfies Anthropic.Tool;

test("a plain message has text, usage and the provider's headers", async () => {
  const { data, response, request_id } = await client.messages
    .create({ ...base, messages: [user("Hi")] })
    .withResponse();
  expect(data).toMatchObject({
    type: "message",
    role: "assistant",
    stop_reason: "end_turn",
    stop_sequence: null,
  });
  expect(data.content).toEqual([{ type: "text", text: expect.stringMatching(/^Hello!/), citations: null }]);
  expect(data.usage).toMatchObject({ input_tokens: 4, output_tokens: 20, cache_read_input_tokens: 0 });
  expect(request_id).toMatch(/^req_/);
  expect(response.headers.get("anthropic-ratelimit-requests-remaining")).toMatch(/^\d+$/);
});

test("a stream has the text and the usage of the plain message", async () => {
  const plain = await client.messages.create({ ...base, messages: [user("Hi")] });
  const stream = client.messages.stream({ ...base, messages: [user("Hi")] });
  const names: string[] = [];
  stream.on("streamEvent", (event) => names.push(event.type));
  const streamed = await stream.finalMessage();
  expect(streamed.content).toMatchObject([
    { type: "text", text: plain.content[0]?.type === "text" && plain.content[0].text },
  ]);
  expect(streamed.usage).toMatchObject({ input_tokens: 4, output_tokens: 20 });
  expect(names.slice(0, 3)).toEqual(["message_start", "content_block_start", "content_block_delta"]);
  expect(names.slice(-3)).toEqual(["content_block_stop", "message_delta", "message_stop"]);
});

test("thinking comes as a signed block before the text, plain and streamed, and is billed", async () => {
  const request: Anthropic.MessageCreateParamsNonStreaming = {
    ...base,
    thinking: { type: "enabled", budget_tokens: 1_024 },
    messages: [user("[[sim reasoning=7]]")],
  };
  for (const message of [
    await client.messages.create(request),
    await client.messages.stream(request).finalMessage(),
  ]) {
    expect(message.content).toMatchObject([
      { type: "thinking", thinking: expect.stringMatching(/\w+/), signature: expect.stringMatching(/\w+/) },
      { type: "text" },
    ]);
    expect(message.usage).toMatchObject({ output_tokens: 27, output_tokens_details: { thinking_tokens: 7 } });
  }
});

test("thinking that is omitted has a signature and no text", async () => {
  const message = await client.messages
    .stream({
      ...base,
      thinking: { type: "adaptive", display: "omitted" },
      messages: [user("Hi")],
    })
    .finalMessage();
  expect(message.content[0]).toMatchObject({
    type: "thinking",
    thinking: "",
    signature: expect.stringMatching(/\w+/),
  });
  expect(message.usage.output_tokens).toBe(36);
});

test.each([true, false])(
  "tool calls fit their schema and their results are answered (streamed: %s)",
  async (streamed) => {
    const request = { ...base, tools: [weatherTool], messages: [user("What is the weather like?")] };
    const first = streamed
      ? await client.messages.stream(request).finalMessage()
      : await client.messages.create(request);
    expect(first.stop_reason).toBe("tool_use");
    const [call] = first.content;
    expect(call).toMatchObject({
      type: "tool_use",
      name: "get_weather",
      input: { place: expect.any(String) },
    });
    const second = await client.messages.create({
      ...request,
      messages: [
        ...request.messages,
        { role: "assistant", content: first.content },
        {
          role: "user",
          content: [
            { type: "tool_result", tool_use_id: call?.type === "tool_use" ? call.id : "", content: "Sunny" },
          ],
        },
      ],
    });
    expect(second.content).toMatchObject([{ type: "text", text: expect.stringContaining("Sunny") }]);
  },
);

test("parallel calls are made where they are allowed", async () => {
  const ask = (disable_parallel_tool_use: boolean) =>
    client.messages.create({
      ...base,
      tools: [weatherTool],
      tool_choice: { type: "auto", disable_parallel_tool_use },
      messages: [user("[[sim tools=3]]")],
    });
  expect((await ask(false)).content).toHaveLength(3);
  expect((await ask(true)).content).toHaveLength(1);
});

test("structured output fits the schema", async () => {
  const message = await client.messages.create({
    ...base,
    messages: [user("Describe it")],
    output_config: {
      format: {
        type: "json_schema",
        schema: {
          type: "object",
          properties: { n: { type: "integer" } },
          required: ["n"],
          additionalProperties: false,
        },
      },
    },
  });
  const [block] = message.content;
  expect(JSON.parse(block?.type === "text" ? block.text : "")).toEqual({ n: 1 });
});

test("images and caching are in the usage, cached tokens beside the input", async () => {
  const { data, request_id } = await client.messages
    .create({
      ...base,
      system: "Be brief.",
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
            { type: "text", text: "Look [[sim cached=40 cache-write=30]]" },
          ],
        },
      ],
    })
    .withResponse();
  expect(data.usage).toMatchObject({ cache_read_input_tokens: 40, cache_creation_input_tokens: 30 });
  const row = (await billRows(simulator.url)).find((entry) => entry.providerRequestId === request_id);
  expect(row).toMatchObject({ cachedInputTokens: 40, cacheWriteInputTokens: 30 });
  expect(row?.inputTokens).toBe(data.usage.input_tokens + 70);
});

test("a token limit and stop sequences end the text", async () => {
  const messages = [user('[[sim say="one two three four"]]')];
  expect(await client.messages.create({ ...base, max_tokens: 2, messages })).toMatchObject({
    stop_reason: "max_tokens",
  });
  expect(await client.messages.create({ ...base, stop_sequences: ["three"], messages })).toMatchObject({
    stop_reason: "stop_sequence",
    stop_sequence: "three",
    content: [{ text: "one two " }],
  });
});

test("models are listed", async () => {
  const models = await collect(client.models.list());
  expect(models.map((model) => model.id)).toContain("claude-sonnet-4-5");
});

test.each([
  ["a wrong key", { apiKey: "bad-key" }, base.model, Anthropic.AuthenticationError, "authentication_error"],
  ["an unknown model", {}, "unknown-model", Anthropic.NotFoundError, "not_found_error"],
])("%s is refused as Anthropic does", async (_name, options, model, type, errorType) => {
  const error = await client
    .withOptions(options)
    .messages.create({ ...base, model, messages: [user("Hi")] })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject({ type: errorType, requestID: expect.stringMatching(/^req_/) });
});

test("an error within a stream is an error event", async () => {
  const stream = await client.messages.create({
    ...base,
    stream: true,
    messages: [user("[[sim error-after=2]]")],
  });
  await expect(collect(stream)).rejects.toThrow(/Overloaded/);
});
