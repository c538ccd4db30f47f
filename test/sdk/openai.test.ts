import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { expectBookedAsBilled, expectCancelled } from "../support/booked-usage.ts";
import { settledCalls } from "../support/ledger.ts";
import { providerFamilies } from "../support/provider-families.ts";
import { toldProvider } from "../support/provider-request.ts";
import { collect, placeSchema, redDotPng } from "../support/sample-content.ts";
import { uniqueModel } from "../support/simulator.ts";

const mesh = inject("mesh");
const client = new OpenAI({ baseURL: `${mesh.gateway}/v1`, apiKey: mesh.apiKey, maxRetries: 0 });
const user = (content: string) => ({ role: "user", content }) as const;
const tool = (name: string): OpenAI.ChatCompletionFunctionTool => ({
  type: "function",
  function: { name, description: `${name} of a place`, parameters: { ...placeSchema } },
});

/** Calls of a message as the client would make them. */
function callsOf(message: OpenAI.ChatCompletionMessage | undefined) {
  return (message?.tool_calls ?? []).flatMap((call) =>
    call.type === "function"
      ? [{ id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) as unknown }]
      : [],
  );
}

describe.each(providerFamilies)("openai to $family", ({ provider, family, thinkingFamily }) => {
  test("a chat has the provider's words and usage, and is booked as it is billed", async () => {
    const model = uniqueModel(family);
    const completion = await client.chat.completions.create({
      model,
      messages: [
        { role: "system", content: "Be brief." },
        user('[[sim say="Grüße aus dem Simulator 👋" cached=3]]'),
      ],
    });
    expect(completion).toMatchObject({ object: "chat.completion", model });
    expect(completion.choices).toMatchObject([
      {
        index: 0,
        finish_reason: "stop",
        message: { role: "assistant", content: "Grüße aus dem Simulator 👋" },
      },
    ]);
    const billed = await expectBookedAsBilled(mesh, completion._request_id, model);
    expect(billed.cachedInputTokens).toBe(3);
    expect(completion.usage).toMatchObject({
      prompt_tokens: billed.inputTokens,
      completion_tokens: billed.outputTokens,
      total_tokens: billed.inputTokens + billed.outputTokens,
      prompt_tokens_details: { cached_tokens: 3 },
    });
    expect((await toldProvider(mesh, provider, model)).system).toBe("Be brief.");
  });

  test("a stream has the text of the plain reply, and usage if asked for", async () => {
    const model = uniqueModel(family);
    const messages = [user("[[sim chunks=12]] Tell me")];
    const plain = await client.chat.completions.create({ model: uniqueModel(family), messages });
    const { data: stream, request_id } = await client.chat.completions
      .create({ model, messages, stream: true, stream_options: { include_usage: true } })
      .withResponse();
    const chunks = await collect(stream);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(
      plain.choices[0]?.message.content,
    );
    expect(chunks.filter((chunk) => chunk.choices[0]?.delta.content).length).toBeGreaterThan(1);
    expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason).filter(Boolean)).toEqual(["stop"]);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    const billed = await expectBookedAsBilled(mesh, request_id, model);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: billed.inputTokens,
        completion_tokens: billed.outputTokens,
        total_tokens: billed.inputTokens + billed.outputTokens,
      },
    });
  });

  test("a stream without the wish for usage shows none, and is booked all the same", async () => {
    const model = uniqueModel(family);
    const { data: stream, request_id } = await client.chat.completions
      .create({ model, messages: [user("Tell me")], stream: true })
      .withResponse();
    const chunks = await collect(stream);
    expect(chunks.filter((chunk) => chunk.usage != null)).toEqual([]);
    expect(chunks.filter((chunk) => chunk.choices.length === 0)).toEqual([]);
    await expectBookedAsBilled(mesh, request_id, model);
  });

  test.each(["plain", "streamed"])("parallel tool calls and their results come round (%s)", async (form) => {
    const model = uniqueModel(family);
    const request = {
      model,
      messages: [user("What is it like? [[sim tools=2]]")],
      tools: [tool("get_weather"), tool("get_time")],
    };
    const first =
      form === "plain"
        ? await client.chat.completions.create(request)
        : await client.chat.completions.stream(request).finalChatCompletion();
    const [choice] = first.choices;
    expect(choice?.finish_reason).toBe("tool_calls");
    const calls = callsOf(choice?.message);
    expect(calls).toEqual([
      {
        id: expect.stringMatching(/\w+/),
        name: "get_weather",
        input: { place: expect.stringMatching(/\w+/) },
      },
      { id: expect.stringMatching(/\w+/), name: "get_time", input: { place: expect.stringMatching(/\w+/) } },
    ]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    if (choice === undefined) throw new Error("no choice");
    const second = await client.chat.completions.create({
      ...request,
      messages: [
        ...request.messages,
        choice.message,
        ...calls.map(({ id, name }) => ({
          role: "tool" as const,
          tool_call_id: id,
          content: name === "get_time" ? "Noon" : "Sunny, 21 degrees",
        })),
      ],
    });
    expect(second.choices[0]?.finish_reason).toBe("stop");
    expect(second.choices[0]?.message.content).toBe("The tool returned: Sunny, 21 degrees Noon");
  });

  test("the SDK's tool loop ends with an answer that holds the result", async () => {
    const asked: unknown[] = [];
    const runner = client.chat.completions.runTools({
      model: uniqueModel(family),
      messages: [user("What is the weather like?")],
      tools: [
        {
          type: "function",
          function: {
            name: "get_weather",
            description: "Weather of a place",
            parameters: { ...placeSchema, required: ["place"] },
            parse: (text: string) => z.object({ place: z.string() }).parse(JSON.parse(text)),
            function: (input: { place: string }) => {
              asked.push(input);
              return "Sunny, 21 degrees";
            },
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe("The tool returned: Sunny, 21 degrees");
    expect(asked).toEqual([{ place: expect.stringMatching(/\w+/) }]);
  });

  test("an image reaches the provider byte for byte", async () => {
    const model = uniqueModel(family);
    const completion = await client.chat.completions.create({
      model,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is this? [[sim echo]]" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${redDotPng}` } },
          ],
        },
      ],
    });
    expect(completion.choices[0]?.message.content?.trim()).toBe("What is this?");
    expect((await toldProvider(mesh, provider, model)).images).toEqual([
      { mediaType: "image/png", data: redDotPng },
    ]);
    const billed = await expectBookedAsBilled(mesh, completion._request_id, model);
    expect(billed.inputTokens).toBeGreaterThan(85);
  });

  test("structured output fits the schema", async () => {
    const answer = z.strictObject({ city: z.string(), inhabitants: z.int(), tags: z.array(z.string()) });
    const completion = await client.chat.completions.parse({
      model: uniqueModel(family),
      messages: [user("Describe a city")],
      response_format: zodResponseFormat(answer, "answer"),
    });
    expect(answer.parse(completion.choices[0]?.message.parsed)).toEqual(
      JSON.parse(completion.choices[0]?.message.content ?? ""),
    );
    expect(completion.choices[0]?.finish_reason).toBe("stop");
  });

  test("reasoning is counted, and shown where the provider shows it unasked", async () => {
    const model = uniqueModel(thinkingFamily);
    const completion = await client.chat.completions.create({
      model,
      reasoning_effort: "low",
      max_completion_tokens: 4000,
      messages: [user("Think [[sim reasoning=9]]")],
    });
    const billed = await expectBookedAsBilled(mesh, completion._request_id, model);
    expect(billed.reasoningTokens).toBe(9);
    expect(completion.usage).toMatchObject({
      completion_tokens: billed.outputTokens,
      completion_tokens_details: { reasoning_tokens: 9 },
    });
    const message = z
      .looseObject({ reasoning_content: z.string().optional() })
      .parse(completion.choices[0]?.message);
    expect(message.reasoning_content?.trim().split(/\s+/).length).toBe(
      provider === "anthropic" ? 9 : undefined,
    );
  });

  test.each([
    ["[[sim length]]", {}, "length"],
    ['[[sim say="one two three four"]]', { stop: [" three"] }, "stop"],
    ["[[sim refuse]]", {}, "content_filter"],
  ])("%s ends with the right finish reason", async (content, settings, finishReason) => {
    const request = { model: uniqueModel(family), messages: [user(content)], ...settings };
    const plain = await client.chat.completions.create(request);
    expect(plain.choices[0]?.finish_reason).toBe(finishReason);
    const chunks = await collect(await client.chat.completions.create({ ...request, stream: true }));
    expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason).filter(Boolean)).toEqual([finishReason]);
  });

  test("a provider that limits is tried again, and then the SDK's own error tells", async () => {
    const model = uniqueModel(family);
    const error = await client.chat.completions
      .create({ model, messages: [user("[[sim status=429 retry-after=0]]")] })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error).toMatchObject({ status: 429, requestID: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const { requestID } = z.object({ requestID: z.string() }).parse(error);
    const calls = await settledCalls(mesh, requestID, 3);
    expect(calls).toEqual(
      [1, 2, 3].map((attempt) =>
        expect.objectContaining({
          attempt,
          outcome: "failed",
          providerStatus: 429,
          inputTokens: 0,
          outputTokens: 0,
        }),
      ),
    );
  });

  test("what a provider refuses is the SDK's BadRequestError, and is not tried again", async () => {
    const error = await client.chat.completions
      .create({ model: uniqueModel(family), messages: [user("[[sim status=400]]")] })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ status: 400, type: "invalid_request_error" });
    const { requestID } = z.object({ requestID: z.string() }).parse(error);
    expect(await settledCalls(mesh, requestID)).toHaveLength(1);
  });

  test("an error within a stream is the SDK's error after what came before", async () => {
    const stream = await client.chat.completions.create({
      model: uniqueModel(family),
      messages: [user("[[sim error-after=3]]")],
      stream: true,
    });
    const texts: string[] = [];
    const error = await (async () => {
      for await (const chunk of stream) texts.push(chunk.choices[0]?.delta.content ?? "");
    })().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(texts.filter((text) => text !== "")).toHaveLength(3);
  });

  test("an abort stops the provider's call, which is booked as cancelled", async () => {
    const model = uniqueModel(family);
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
    const { booked, billed } = await expectCancelled(mesh, request_id, model);
    expect(booked).toBeGreaterThanOrEqual(3);
    expect(billed).toBeLessThan(1000);
  });
});

describe("openai and the gateway", () => {
  test("models are listed and looked up", async () => {
    const models = await collect(client.models.list());
    expect(models.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["gpt-4o-mini", "claude-sonnet-5", "gemini-2.5-flash"]),
    );
    expect(await client.models.retrieve("gpt-4o-mini")).toMatchObject({ id: "gpt-4o-mini", object: "model" });
  });

  test.each([
    [
      "a wrong key",
      { apiKey: "sk-sluice-wrong" },
      "gpt-4o-mini",
      OpenAI.AuthenticationError,
      401,
      "invalid_api_key",
    ],
    ["an unknown model", {}, "gtp-4o-mini", OpenAI.NotFoundError, 404, "model_not_found"],
  ])("%s is the SDK's own error", async (_name, options, model, type, status, code) => {
    const error = await client
      .withOptions(options)
      .chat.completions.create({ model, messages: [user("Hi")] })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ status, code, requestID: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });
});
