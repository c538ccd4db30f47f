import type { DialectName } from "@sluice/contracts/dialect-name";
import type { Envelope } from "@sluice/contracts/envelope";
import { expect, test } from "vitest";
import { askingStep, compiledWorkflow } from "../testing/planned-workflow.ts";
import { readWorkflowInput } from "./workflow-input.ts";

const texts = compiledWorkflow([askingStep("only", "{{ input.text }}")]);
const whole = compiledWorkflow([{ name: "only", model: "m", messages: [{ from: "input" }] }]);

function read(workflow: typeof texts, dialect: DialectName, body: object, operation = "chat") {
  const envelope = { dialect, operation, model: "w", stream: false } as Envelope;
  return readWorkflowInput(workflow, envelope, JSON.stringify(body));
}

const user = { role: "user", content: "Hello" };

test("the text is the user's last, the messages are all of them", () => {
  const { values } = read(texts, "openai", {
    messages: [
      { role: "system", content: "Be kind" },
      { role: "user", content: "First" },
      { role: "assistant", content: "Yes?" },
      {
        role: "user",
        content: [
          { type: "text", text: "Second" },
          { type: "text", text: "line" },
        ],
      },
    ],
  });
  expect(values).toEqual({
    text: "Second\nline",
    messages: [
      { role: "system", content: "Be kind" },
      { role: "user", content: "First" },
      { role: "assistant", content: "Yes?" },
      { role: "user", content: "Second\nline" },
    ],
  });
});

test("it is the same in each dialect", () => {
  expect(read(texts, "anthropic", { max_tokens: 1, messages: [user] }).values.text).toBe("Hello");
  expect(
    read(texts, "gemini", { contents: [{ role: "user", parts: [{ text: "Hello" }] }] }).values.text,
  ).toBe("Hello");
});

const image = { type: "image_url", image_url: { url: "https://a.example/x.png" } };
const tool = { type: "function", function: { name: "f" } };

test.each<[title: string, dialect: DialectName, body: object, parameter: string, message: string]>([
  [
    "tools",
    "openai",
    { messages: [user], tools: [tool] },
    "tools",
    "The model is a workflow, which calls no tools.",
  ],
  [
    "several replies",
    "openai",
    { messages: [user], n: 2 },
    "n",
    "The model is a workflow, which gives one reply.",
  ],
  [
    "probabilities",
    "openai",
    { messages: [user], logprobs: true },
    "logprobs",
    "The model is a workflow, which gives no probabilities of tokens.",
  ],
  [
    "top-k sampling",
    "anthropic",
    { max_tokens: 1, messages: [user], top_k: 3 },
    "top_k",
    "The model is a workflow, which has no top-k sampling.",
  ],
  [
    "a message to go on from",
    "anthropic",
    { max_tokens: 1, messages: [user, { role: "assistant", content: "And" }] },
    "messages",
    "The model is a workflow, which can't go on from a message of the assistant.",
  ],
  [
    "an image that no step would see",
    "openai",
    { messages: [{ role: "user", content: [{ type: "text", text: "What is it?" }, image] }] },
    "messages[0].content[1]",
    "The steps of this workflow read texts only, and this is of the type image.",
  ],
])("%s can't be done", (_title, dialect, body, parameter, message) => {
  expect(() => read(texts, dialect, body)).toThrow(
    expect.objectContaining({ code: "unsupported_feature", parameter, message }),
  );
});

test("an image passes where a step sees the client's messages", () => {
  const { request } = read(whole, "openai", { messages: [{ role: "user", content: [image] }] });
  expect(request.messages[0]?.content[0]).toMatchObject({ type: "image" });
});

test("embeddings have no workflow", () => {
  expect(() => read(texts, "openai", { input: "x" }, "embeddings")).toThrow(
    expect.objectContaining({ code: "unsupported_feature", parameter: "model" }),
  );
});
