import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Simulator, startSimulator } from "../start-simulator.ts";
import { billRows, collect } from "../testing/call-simulator.ts";

let simulator: Simulator;
let client: OpenAI;

beforeAll(async () => {
  simulator = await startSimulator();
  client = new OpenAI({ baseURL: `${simulator.url}/v1`, apiKey: "test-key", maxRetries: 0 });
});
afterAll(() => simulator.stop());

const model = "gpt-4o-mini";
const user = (content: string) => ({ role: "user", content }) as const;
const weatherTool: OpenAI.ChatCompletionFunctionTool = {
  type: "function",
  function: {
    name: "get_weather",
    description: "Weather of a place",
    parameters: { type: "object", properties: { place: { type: "string" } }, required: ["place"] },
  },
};

test("a plain chat has text, usage and the provider's headers", async () => {
  const { data, response, request_id } = await client.chat.completions
    .create({ model, messages: [user("Hi")] })
    .withResponse();
  expect(data.choices[0]).toMatchObject({ index: 0, finish_reason: "stop", message: { role: "assistant" } });
  expect(data.choices[0]?.message.content).toMatch(/^Hello! This is the simulator speaking:/);
  expect(data.usage).toMatchObject({ prompt_tokens: 4, completion_tokens: 20, total_tokens: 24 });
  expect(request_id).toMatch(/^req_/);
  expect(response.headers.get("openai-processing-ms")).toMatch(/^\d+$/);
  expect(response.headers.get("x-ratelimit-limit-requests")).toBe("10000");
  expect(response.headers.get("x-ratelimit-remaining-tokens")).toMatch(/^\d+$/);
  const row = (await billRows(simulator.url)).find((entry) => entry.providerRequestId === request_id);
  expect(row).toMatchObject({ replyId: data.id, inputTokens: 4, outputTokens: 20, status: "completed" });
});

test("the bill names a call as its caller named it", async () => {
  const headers = { "x-client-request-id": "our-name-of-it" };
  const request = client.chat.completions.create({ model, messages: [user("Hi")] }, { headers });
  const { request_id } = await request.withResponse();
  const row = (await billRows(simulator.url)).find((entry) => entry.providerRequestId === request_id);
  expect(row?.clientRequestId).toBe("our-name-of-it");
});

test("the same request gets the same text, another gets another", async () => {
  const ask = async (text: string) =>
    (await client.chat.completions.create({ model, messages: [user(text)] })).choices[0]?.message.content;
  expect(await ask("one")).toBe(await ask("one"));
  expect(await ask("one")).not.toBe(await ask("two"));
});

test("a stream has the text of the plain reply, and usage only if asked for", async () => {
  const plain = await client.chat.completions.create({ model, messages: [user("Hi")] });
  const request: OpenAI.ChatCompletionCreateParamsStreaming = { model, messages: [user("Hi")], stream: true };
  const chunks = await collect(await client.chat.completions.create(request));
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(
    plain.choices[0]?.message.content,
  );
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe("stop");
  expect(chunks.filter((chunk) => "usage" in chunk)).toEqual([]);
  const counted = await collect(
    await client.chat.completions.create({ ...request, stream_options: { include_usage: true } }),
  );
  expect(counted.at(-1)).toMatchObject({ choices: [], usage: plain.usage });
  expect(counted.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
});

test("a tool loop of the SDK ends with an answer that holds the tool's result", async () => {
  const asked: unknown[] = [];
  const runner = client.chat.completions.runTools({
    model,
    messages: [user("What is the weather like?")],
    tools: [
      {
        type: "function",
        function: {
          name: "get_weather",
          description: "Weather of a place",
          parameters: { type: "object", properties: { place: { type: "string" } } },
          parse: (text: string): unknown => JSON.parse(text),
          function: (input: unknown) => {
            asked.push(input);
            return "Sunny, 21 degrees";
          },
        },
      },
    ],
  });
  expect(await runner.finalContent()).toContain("Sunny, 21 degrees");
  expect(asked).toEqual([{ place: expect.any(String) }]);
});

test("parallel tool calls are streamed with their own indexes and fit their schema", async () => {
  const stream = client.chat.completions.stream({
    model,
    messages: [user("[[sim tools=2]]")],
    tools: [weatherTool, { type: "function", function: { ...weatherTool.function, name: "get_time" } }],
  });
  const completion = await stream.finalChatCompletion();
  expect(completion.choices[0]?.finish_reason).toBe("tool_calls");
  const calls = completion.choices[0]?.message.tool_calls ?? [];
  expect(calls.map((call) => call.type === "function" && call.function.name)).toEqual([
    "get_weather",
    "get_time",
  ]);
  expect(calls.map((call) => call.type === "function" && JSON.parse(call.function.arguments))).toEqual([
    { place: expect.any(String) },
    { place: expect.any(String) },
  ]);
  expect(new Set(calls.map((call) => call.id)).size).toBe(2);
});

test("tool_choice forces a call, or none", async () => {
  const ask = (tool_choice: "required" | "none") =>
    client.chat.completions.create({
      model,
      messages: [user("What weather?")],
      tools: [weatherTool],
      tool_choice,
    });
  expect((await ask("required")).choices[0]?.finish_reason).toBe("tool_calls");
  expect((await ask("none")).choices[0]?.finish_reason).toBe("stop");
});

test("n replies come plain and streamed, each billed", async () => {
  const request = { model, messages: [user("Hi")], n: 3 };
  const plain = await client.chat.completions.create(request);
  expect(plain.choices.map((choice) => choice.index)).toEqual([0, 1, 2]);
  expect(plain.usage?.completion_tokens).toBe(60);
  const streamed = await client.chat.completions.stream(request).finalChatCompletion();
  expect(streamed.choices.map((choice) => choice.message.content)).toEqual(
    plain.choices.map((choice) => choice.message.content),
  );
});

test("structured output fits the schema that the SDK sends", async () => {
  const answer = z.object({ city: z.string(), degrees: z.number(), tags: z.array(z.string()) });
  const parsed = await client.chat.completions.parse({
    model,
    messages: [user("Describe it")],
    response_format: zodResponseFormat(answer, "answer"),
  });
  expect(answer.safeParse(parsed.choices[0]?.message.parsed).success).toBe(true);
  const object = await client.chat.completions.create({
    model,
    messages: [user("Give me json")],
    response_format: { type: "json_object" },
  });
  expect(JSON.parse(object.choices[0]?.message.content ?? "")).toEqual({ answer: expect.any(String) });
});

test("images, reasoning and cached tokens are in the usage", async () => {
  const completion = await client.chat.completions.create({
    model: "gpt-5-mini",
    reasoning_effort: "low",
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "Look [[sim cached=50 reasoning=30]]" },
          { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
        ],
      },
    ],
  });
  expect(completion.usage?.prompt_tokens).toBeGreaterThan(85);
  expect(completion.usage).toMatchObject({
    completion_tokens: 50,
    prompt_tokens_details: { cached_tokens: 50 },
    completion_tokens_details: { reasoning_tokens: 30 },
  });
});

test("a token limit and stop sequences end the text", async () => {
  const messages = [user('[[sim say="one two three four"]]')];
  const limited = await client.chat.completions.create({ model, messages, max_tokens: 2 });
  expect(limited.choices[0]).toMatchObject({ finish_reason: "length", message: { content: "one two" } });
  const stopped = await client.chat.completions.create({ model, messages, stop: ["three"] });
  expect(stopped.choices[0]).toMatchObject({ finish_reason: "stop", message: { content: "one two " } });
});

test("models are listed and looked up", async () => {
  const models = await collect(client.models.list());
  expect(models.map((entry) => entry.id)).toContain("gpt-4o-mini");
  expect(await client.models.retrieve("gpt-4o-mini")).toMatchObject({ object: "model" });
});

test.each([
  ["a wrong key", { apiKey: "bad-key-1234" }, model, OpenAI.AuthenticationError, "invalid_api_key"],
  ["an unknown model", {}, "unknown-model", OpenAI.NotFoundError, "model_not_found"],
])("%s is refused as OpenAI does", async (_name, options, name, type, code) => {
  const error = await client
    .withOptions(options)
    .chat.completions.create({ model: name, messages: [user("Hi")] })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(type);
  expect(error).toMatchObject({ code, requestID: expect.stringMatching(/^req_/) });
});

test("an abort within a stream bills what was written until then", async () => {
  const controller = new AbortController();
  const { data: stream, request_id } = await client.chat.completions
    .create(
      { model, messages: [user("[[sim chunks=1000 chunk-ms=20]]")], stream: true },
      { signal: controller.signal },
    )
    .withResponse();
  let seen = 0;
  for await (const chunk of stream) {
    seen += chunk.choices[0]?.delta.content ? 1 : 0;
    if (seen === 3) controller.abort();
  }
  const find = async () =>
    (await billRows(simulator.url)).find((row) => row.providerRequestId === request_id);
  await expect.poll(find).toMatchObject({ status: "aborted" });
  const row = await find();
  expect(row?.inputTokens).toBeGreaterThan(3);
  expect(row?.outputTokens).toBeGreaterThanOrEqual(3);
  expect(row?.outputTokens).toBeLessThan(1_000);
});
