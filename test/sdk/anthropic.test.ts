import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { describe, expect, inject, test } from "vitest";
import { z } from "zod";
import { expectBookedAsBilled, expectCancelled } from "../support/booked-usage.ts";
import { settledCalls } from "../support/ledger.ts";
import { providerFamilies } from "../support/provider-families.ts";
import { toldProvider } from "../support/provider-request.ts";
import { collect, placeSchema, redDotPng } from "../support/sample-content.ts";
import { uniqueModel } from "../support/simulator.ts";

const mesh = inject("mesh");
const client = new Anthropic({ baseURL: mesh.gateway, apiKey: mesh.apiKey, maxRetries: 0 });
const max_tokens = 4000;
const user = (content: string) => ({ role: "user", content }) as const;
const tool = (name: string): Anthropic.Tool => ({
  name,
  description: `${name} of a place`,
  input_schema: { ...placeSchema, required: ["place"] },
});

function textOf(message: Anthropic.Message): string {
  return message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("");
}

function callsOf(message: Anthropic.Message): Anthropic.ToolUseBlock[] {
  return message.content.filter((block) => block.type === "tool_use");
}

describe.each(providerFamilies)(
  "anthropic to $family",
  ({ provider, family, thinkingFamily, showsThoughts }) => {
    test("a message has the provider's words and usage, and is booked as it is billed", async () => {
      const model = uniqueModel(family);
      const message = await client.messages.create({
        model,
        max_tokens,
        system: "Be brief.",
        messages: [user('[[sim say="Grüße aus dem Simulator 👋" cached=3]]')],
      });
      expect(message).toMatchObject({
        type: "message",
        role: "assistant",
        model,
        stop_reason: "end_turn",
        stop_sequence: null,
        content: [{ type: "text", text: "Grüße aus dem Simulator 👋" }],
      });
      const billed = await expectBookedAsBilled(mesh, message._request_id, model);
      expect(billed.cachedInputTokens).toBe(3);
      // Anthropic counts cached tokens beside the input, not in it.
      expect(message.usage).toMatchObject({
        input_tokens: billed.inputTokens - 3,
        cache_read_input_tokens: 3,
        output_tokens: billed.outputTokens,
      });
      expect((await toldProvider(mesh, provider, model)).system).toBe("Be brief.");
    });

    test("a stream has the text, the events and the usage of the plain message", async () => {
      const model = uniqueModel(family);
      const request = { max_tokens, messages: [user("[[sim chunks=12]] Tell me")] };
      const plain = await client.messages.create({ ...request, model: uniqueModel(family) });
      const stream = client.messages.stream({ ...request, model });
      const events: string[] = [];
      const texts: string[] = [];
      stream.on("streamEvent", ({ type }) => events.push(type));
      stream.on("text", (text) => texts.push(text));
      const streamed = await stream.finalMessage();
      expect(textOf(streamed)).toBe(textOf(plain));
      expect(texts.join("")).toBe(textOf(plain));
      expect(texts.length).toBeGreaterThan(1);
      expect(streamed.stop_reason).toBe("end_turn");
      expect(events.filter((type) => type !== "content_block_delta")).toEqual([
        "message_start",
        "content_block_start",
        "content_block_stop",
        "message_delta",
        "message_stop",
      ]);
      const billed = await expectBookedAsBilled(mesh, stream.request_id, model);
      expect(streamed.usage).toMatchObject({
        input_tokens: billed.inputTokens,
        output_tokens: billed.outputTokens,
      });
    });

    test.each(["plain", "streamed"])(
      "parallel tool calls and their results come round (%s)",
      async (form) => {
        const request = {
          model: uniqueModel(family),
          max_tokens,
          messages: [user("What is it like? [[sim tools=2]]")],
          tools: [tool("get_weather"), tool("get_time")],
        };
        const first =
          form === "plain"
            ? await client.messages.create(request)
            : await client.messages.stream(request).finalMessage();
        expect(first.stop_reason).toBe("tool_use");
        const calls = callsOf(first);
        expect(calls.map(({ name, input }) => ({ name, input }))).toEqual([
          { name: "get_weather", input: { place: expect.stringMatching(/\w+/) } },
          { name: "get_time", input: { place: expect.stringMatching(/\w+/) } },
        ]);
        expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
        const second = await client.messages.create({
          ...request,
          messages: [
            ...request.messages,
            { role: "assistant", content: first.content },
            {
              role: "user",
              content: calls.map(({ id, name }) => ({
                type: "tool_result" as const,
                tool_use_id: id,
                content: name === "get_time" ? "Noon" : "Sunny, 21 degrees",
              })),
            },
          ],
        });
        expect(second.stop_reason).toBe("end_turn");
        expect(textOf(second)).toBe("The tool returned: Sunny, 21 degrees Noon");
      },
    );

    test("a forced tool is called, and no other", async () => {
      const message = await client.messages.create({
        model: uniqueModel(family),
        max_tokens,
        messages: [user("Hello")],
        tools: [tool("get_weather"), tool("get_time")],
        tool_choice: { type: "tool", name: "get_time" },
      });
      expect(callsOf(message).map(({ name }) => name)).toEqual(["get_time"]);
    });

    test("an image reaches the provider byte for byte", async () => {
      const model = uniqueModel(family);
      const message = await client.messages.create({
        model,
        max_tokens,
        messages: [
          {
            role: "user",
            content: [
              { type: "image", source: { type: "base64", media_type: "image/png", data: redDotPng } },
              { type: "text", text: "What is this? [[sim echo]]" },
            ],
          },
        ],
      });
      expect(textOf(message).trim()).toBe("What is this?");
      expect((await toldProvider(mesh, provider, model)).images).toEqual([
        { mediaType: "image/png", data: redDotPng },
      ]);
      const billed = await expectBookedAsBilled(mesh, message._request_id, model);
      expect(billed.inputTokens).toBeGreaterThan(85);
    });

    test("structured output fits the schema", async () => {
      const answer = z.strictObject({ city: z.string(), inhabitants: z.int(), tags: z.array(z.string()) });
      const message = await client.messages.parse({
        model: uniqueModel(family),
        max_tokens,
        messages: [user("Describe a city")],
        output_config: { format: zodOutputFormat(answer) },
      });
      expect(answer.parse(message.parsed_output)).toEqual(JSON.parse(textOf(message)));
      expect(message.stop_reason).toBe("end_turn");
    });

    test.each(["plain", "streamed"])(
      "thinking is counted, and shown where the provider shows it (%s)",
      async (form) => {
        const model = uniqueModel(thinkingFamily);
        const request: Anthropic.MessageCreateParamsNonStreaming = {
          model,
          max_tokens,
          thinking: { type: "enabled", budget_tokens: 1024 },
          messages: [user("Think [[sim reasoning=9]]")],
        };
        const message =
          form === "plain"
            ? await client.messages.create(request)
            : await client.messages.stream(request).finalMessage();
        const thoughts = message.content.flatMap((block) =>
          block.type === "thinking" ? [block.thinking.trim().split(/\s+/).length] : [],
        );
        expect(thoughts).toEqual(showsThoughts ? [9] : []);
        expect(message.content.at(-1)?.type).toBe("text");
        expect(message.usage.output_tokens_details).toEqual({ thinking_tokens: 9 });
      },
    );

    test.each([
      ["[[sim length]]", {}, "max_tokens"],
      ["[[sim refuse]]", {}, "refusal"],
    ])("%s ends with the right stop reason", async (content, settings, stopReason) => {
      const request = { model: uniqueModel(family), max_tokens, messages: [user(content)], ...settings };
      expect((await client.messages.create(request)).stop_reason).toBe(stopReason);
      expect((await client.messages.stream(request).finalMessage()).stop_reason).toBe(stopReason);
    });

    test("a stop sequence ends the text before it", async () => {
      const message = await client.messages.create({
        model: uniqueModel(family),
        max_tokens,
        stop_sequences: [" three"],
        messages: [user('[[sim say="one two three four"]]')],
      });
      expect(textOf(message)).toBe("one two");
      // Only Anthropic tells which sequence it was; without knowing it the reason is the ordinary one.
      expect([message.stop_reason, message.stop_sequence]).toEqual(
        provider === "anthropic" ? ["stop_sequence", " three"] : ["end_turn", null],
      );
    });

    test("a provider that limits is tried again, and then the SDK's own error tells", async () => {
      const error = await client.messages
        .create({
          model: uniqueModel(family),
          max_tokens,
          messages: [user("[[sim status=429 retry-after=0]]")],
        })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Anthropic.RateLimitError);
      expect(error).toMatchObject({ status: 429, type: "rate_limit_error" });
      const { requestID } = z.object({ requestID: z.uuid() }).parse(error);
      expect(await settledCalls(mesh, requestID, 3)).toEqual(
        [1, 2, 3].map((attempt) =>
          expect.objectContaining({ attempt, outcome: "failed", providerStatus: 429, outputTokens: 0 }),
        ),
      );
    });

    test("what a provider refuses is the SDK's BadRequestError, and is not tried again", async () => {
      const error = await client.messages
        .create({ model: uniqueModel(family), max_tokens, messages: [user("[[sim status=400]]")] })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Anthropic.BadRequestError);
      expect(error).toMatchObject({ status: 400, type: "invalid_request_error" });
      const { requestID } = z.object({ requestID: z.uuid() }).parse(error);
      expect(await settledCalls(mesh, requestID)).toHaveLength(1);
    });

    test("an error within a stream is the SDK's error after what came before", async () => {
      const stream = await client.messages.create({
        model: uniqueModel(family),
        max_tokens,
        messages: [user("[[sim error-after=3]]")],
        stream: true,
      });
      const texts: string[] = [];
      const error = await (async () => {
        for await (const event of stream) {
          if (event.type === "content_block_delta" && event.delta.type === "text_delta") {
            texts.push(event.delta.text);
          }
        }
      })().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Anthropic.APIError);
      expect(texts).toHaveLength(3);
    });

    test("an abort stops the provider's call, which is booked as cancelled", async () => {
      const model = uniqueModel(family);
      const controller = new AbortController();
      const { data: stream, request_id } = await client.messages
        .create(
          { model, max_tokens, messages: [user("[[sim chunks=1000 chunk-ms=20]]")], stream: true },
          { signal: controller.signal },
        )
        .withResponse();
      let seen = 0;
      for await (const event of stream) {
        seen += event.type === "content_block_delta" ? 1 : 0;
        if (seen === 3) controller.abort();
      }
      const { booked, billed } = await expectCancelled(mesh, request_id, model);
      expect(booked).toBeGreaterThanOrEqual(3);
      expect(billed).toBeLessThan(1000);
    });
  },
);

describe("anthropic and the gateway", () => {
  test("models are listed and looked up", async () => {
    const models = await collect(client.models.list());
    expect(models.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["gpt-4o-mini", "claude-sonnet-5", "gemini-2.5-flash"]),
    );
    expect(await client.models.retrieve("claude-sonnet-5")).toMatchObject({
      id: "claude-sonnet-5",
      type: "model",
    });
  });

  test.each([
    [
      "a wrong key",
      { apiKey: "sk-sluice-wrong" },
      "claude-sonnet-5",
      Anthropic.AuthenticationError,
      401,
      "authentication_error",
    ],
    ["an unknown model", {}, "cloud-sonnet-5", Anthropic.NotFoundError, 404, "not_found_error"],
  ])("%s is the SDK's own error", async (_name, options, model, errorClass, status, type) => {
    const error = await client
      .withOptions(options)
      .messages.create({ model, max_tokens, messages: [user("Hi")] })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ status, type, requestID: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });
});
