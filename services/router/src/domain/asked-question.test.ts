import { expect, test } from "vitest";
import { askedQuestion, numbersIn } from "./asked-question.ts";

const system = { role: "system", content: "You know refunds." };

test("the question is what the user said last; all else is the rest", () => {
  const turns = [system, { role: "user", content: "Hi" }, { role: "assistant", content: "Hello" }];
  const request = {
    model: "m",
    temperature: 0,
    messages: [...turns, { role: "user", content: "How long?" }],
  };
  expect(askedQuestion("openai", request)).toEqual({
    text: "How long?",
    rest: { model: "m", temperature: 0, messages: [...turns, { role: "user", content: "" }] },
  });
});

test("several messages and parts of the user are one question", () => {
  const cached = { type: "text", text: "And this?", cache_control: { type: "ephemeral" } };
  const request = {
    system: "S",
    messages: [
      { role: "user", content: "First" },
      { role: "user", name: "ann", content: [{ type: "text", text: "Then" }, cached] },
    ],
  };
  expect(askedQuestion("anthropic", request)).toEqual({
    text: "First\nThen\nAnd this?",
    rest: {
      system: "S",
      messages: [
        { role: "user", content: "" },
        {
          role: "user",
          name: "ann",
          content: [
            { type: "text", text: "" },
            { ...cached, text: "" },
          ],
        },
      ],
    },
  });
});

test("Gemini's contents are read, with or without a role", () => {
  const model = { role: "model", parts: [{ text: "Hello" }] };
  expect(
    askedQuestion("gemini", {
      contents: [{ parts: [{ text: "Hi" }] }, model, { parts: [{ text: "How?" }] }],
    }),
  ).toEqual({
    text: "How?",
    rest: { contents: [{ parts: [{ text: "Hi" }] }, model, { parts: [{ text: "" }] }] },
  });
});

const image = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
test.each([
  ["no messages", { input: "text" }],
  ["messages that are none", { messages: "text" }],
  ["an empty list", { messages: [] }],
  [
    "a last word of the model",
    {
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: "H" },
      ],
    },
  ],
  [
    "an image beside the text",
    { messages: [{ role: "user", content: [{ type: "text", text: "What?" }, image] }] },
  ],
  [
    "the result of a tool",
    {
      messages: [
        { role: "user", content: "Q" },
        { role: "tool", content: "42" },
      ],
    },
  ],
  ["no text at all", { messages: [{ role: "user", content: " \n" }] }],
  ["a content that is none", { messages: [{ role: "user", content: null }] }],
  ["a message that is none", { messages: [system, "text"] }],
  ["a text of a novel", { messages: [{ role: "user", content: "a ".repeat(8_001) }] }],
])("%s is no question", (_what, request) => {
  expect(askedQuestion("openai", request)).toBeUndefined();
});

test.each([
  ["Refund within 30 days or 60?", ["30", "60"]],
  ["Is $1,000.50 due on 2026-11-27 at 10:30?", ["1,000.50", "10:30", "2026-11-27"]],
  ["What about GPT-4 and 3/4 cup?", ["3/4", "4"]],
  ["Wie lange?", []],
])("the numbers of %j are told", (text, numbers) => {
  expect(numbersIn(text)).toEqual(numbers);
});
