import type { DialectName } from "@sluice/contracts/dialect-name";
import type { PromptParameters, PromptTemplate, PromptVersion } from "@sluice/resources/prompt-template";
import { hostileText } from "@sluice/templates/testing/hostile-text";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { promptedBody } from "./prompted-body.ts";
import type { NamedPrompt } from "./rendered-prompt.ts";

const messages: PromptVersion["messages"] = [
  { role: "system", content: "Be {{ tone }}." },
  { role: "user", content: "<{{ question }}>" },
  { role: "assistant", content: "Well: {{ question }}" },
];
const parameters: PromptParameters = { temperature: 0.5, topP: 0.9, maxTokens: 50, stop: ["END"] };

function promptOf(version: Partial<PromptVersion>): NamedPrompt {
  const whole: PromptVersion = { messages, parameters: {}, ...version };
  const template: PromptTemplate = {
    variables: {
      question: { required: true },
      tone: { required: false, default: "kind" },
      extra: { required: false },
    },
    versions: { "1": whole },
    labels: {},
    sticky: "none",
    sessionHeader: "x-session-id",
  };
  return { templateName: "answer", versionName: "1", template, version: whole };
}

function written(dialect: DialectName, body: object, version: Partial<PromptVersion> = {}): unknown {
  const prompt = { id: "answer", variables: { question: "Why?" } };
  return JSON.parse(promptedBody(JSON.stringify({ prompt, ...body }), dialect, promptOf(version)));
}

const noSystem = { messages: messages.slice(1, 2) };

describe("a body of OpenAI's", () => {
  const own = [
    { role: "system", content: "Be kind." },
    { role: "user", content: "<Why?>" },
    { role: "assistant", content: "Well: Why?" },
  ];
  test("has the template's messages before its own", () => {
    expect(written("openai", { model: "m" })).toEqual({ model: "m", messages: own });
    const more = [{ role: "user", content: [{ type: "text", text: "More" }] }];
    expect(written("openai", { messages: more })).toEqual({ messages: [...own, ...more] });
    expect(written("openai", { messages: null })).toEqual({ messages: own });
  });

  test("has the version's parameters where it says nothing itself", () => {
    expect(written("openai", {}, { ...noSystem, parameters })).toEqual({
      messages: own.slice(1, 2),
      max_completion_tokens: 50,
      temperature: 0.5,
      top_p: 0.9,
      stop: ["END"],
    });
    const said = { max_tokens: 7, temperature: 0, top_p: null, stop: "x" };
    expect(written("openai", said, { ...noSystem, parameters })).toEqual({
      messages: own.slice(1, 2),
      ...said,
    });
  });

  test("keeps every other byte, and messages that stand twice only once", () => {
    const body =
      '{ "seed" : 12345678901234567890, "messages": [{"role":"user","content":"first"}],"n":1.0,' +
      '"prompt":{"variables":{"question":"A"}}, "pr\\u006fmpt":{"variables":{"question":"B"}}, "messages":[ {"role":"user", "content":"caf\\u00e9"} ] }';
    expect(promptedBody(body, "openai", promptOf(noSystem))).toBe(
      '{"seed" : 12345678901234567890,"n":1.0,"messages":[{"role":"user","content":"<B>"},{"role":"user", "content":"caf\\u00e9"}]}',
    );
  });
});

describe("a body of Anthropic's", () => {
  const [block, others] = [
    { type: "text", text: "Be kind." },
    [
      { role: "user", content: "<Why?>" },
      { role: "assistant", content: "Well: Why?" },
    ],
  ];
  test.each([
    ["no system prompt", {}, [block]],
    ["a text", { system: "Say no." }, [block, { type: "text", text: "Say no." }]],
    [
      "blocks",
      { system: [{ type: "text", text: "A", cache_control: { type: "ephemeral" } }] },
      [block, { type: "text", text: "A", cache_control: { type: "ephemeral" } }],
    ],
  ])("has the template's system prompt before its own: %s", (_what, body, system) => {
    expect(written("anthropic", { max_tokens: 5, ...body })).toEqual({
      max_tokens: 5,
      system,
      messages: others,
    });
  });

  test("has the version's parameters, and keeps its own system prompt where the template has none", () => {
    expect(written("anthropic", { system: "S" }, { ...noSystem, parameters })).toEqual({
      system: "S",
      messages: [{ role: "user", content: "<Why?>" }],
      max_tokens: 50,
      temperature: 0.5,
      top_p: 0.9,
      stop_sequences: ["END"],
    });
  });
});

describe("a body of Gemini's", () => {
  const contents = [
    { role: "user", parts: [{ text: "<Why?>" }] },
    { role: "model", parts: [{ text: "Well: Why?" }] },
  ];
  const more = { role: "user", parts: [{ text: "More" }] };
  test.each([
    ["none", {}, { systemInstruction: { parts: [{ text: "Be kind." }] } }],
    [
      "parts",
      { systemInstruction: { role: "user", parts: [{ text: "A" }] } },
      { systemInstruction: { parts: [{ text: "Be kind." }, { text: "A" }] } },
    ],
    [
      "a text in the other spelling",
      { system_instruction: "A" },
      { system_instruction: { parts: [{ text: "Be kind." }, { text: "A" }] } },
    ],
  ])("has the template's instruction before its own: %s", (_what, body, instruction) => {
    expect(written("gemini", { contents: [more], ...body })).toEqual({
      ...instruction,
      contents: [...contents, more],
    });
  });

  test("has the version's parameters in its configuration", () => {
    const generation_config = { max_output_tokens: 7, candidateCount: 1 };
    expect(written("gemini", { generation_config }, { ...noSystem, parameters })).toEqual({
      contents: contents.slice(0, 1),
      generation_config: { ...generation_config, temperature: 0.5, topP: 0.9, stopSequences: ["END"] },
    });
    expect(written("gemini", {}, { ...noSystem, parameters: { maxTokens: 5 } })).toEqual({
      contents: contents.slice(0, 1),
      generationConfig: { maxOutputTokens: 5 },
    });
  });
});

test.each([
  [{}, "The prompt template answer needs the variable question.", "prompt.variables.question"],
  [
    { question: null },
    "The prompt template answer needs the variable question.",
    "prompt.variables.question",
  ],
  [
    { question: "Why?", qestion: "x" },
    'The prompt template answer has no variable "qestion", only: question, tone, extra.',
    "prompt.variables.qestion",
  ],
  [
    JSON.parse('{"question": "Why?", "__proto__": "x"}'),
    'The prompt template answer has no variable "__proto__", only: question, tone, extra.',
    "prompt.variables.__proto__",
  ],
])("the variables %j are refused", (variables, message, parameter) => {
  const body = JSON.stringify({ prompt: { variables } });
  expect(() => promptedBody(body, "openai", promptOf({}))).toThrow(
    expect.objectContaining({ code: "invalid_request", message, parameter }),
  );
});

test("a value that does not fit the template is told without the value", () => {
  const content = "{% for line in extra %}{{ line.text }}{% endfor %}";
  const body = JSON.stringify({ prompt: { variables: { question: "Why?", extra: [{ txt: "secret" }] } } });
  const version = promptOf({ messages: [{ role: "user", content }] });
  expect(() => promptedBody(body, "openai", version)).toThrow(
    expect.objectContaining({
      code: "invalid_request",
      message:
        "Version 1 of the prompt template answer, message 1: line 1, column 27: there is no value for line.text.",
      parameter: "prompt.variables",
    }),
  );
});

test("messages that are no list are refused", () => {
  const body = JSON.stringify({ messages: {}, prompt: { variables: { question: "Why?" } } });
  expect(() => promptedBody(body, "openai", promptOf({}))).toThrow(
    expect.objectContaining({ code: "invalid_request", parameter: "messages" }),
  );
});

describe("whatever a variable holds", () => {
  test.each(["openai", "anthropic", "gemini"] as const)(
    "it arrives unchanged in its text, and adds no message: %s",
    (dialect) => {
      const theirs = { role: "user", content: "own", parts: [{ text: "own" }] };
      const client = { model: "m", messages: [theirs], contents: [theirs] };
      const reference = promptedBody(
        JSON.stringify({ ...client, prompt: { variables: { question: "QUESTION", tone: "TONE" } } }),
        dialect,
        promptOf({ parameters }),
      );
      fc.assert(
        fc.property(hostileText, hostileText, (question, tone) => {
          const body = JSON.stringify({ ...client, prompt: { variables: { question, tone } } });
          const result: unknown = JSON.parse(promptedBody(body, dialect, promptOf({ parameters })));
          const expected: unknown = JSON.parse(reference, (_key, value: unknown) =>
            typeof value === "string"
              ? value.replaceAll("QUESTION", () => question).replaceAll("TONE", () => tone)
              : value,
          );
          expect(result).toEqual(expected);
        }),
        { numRuns: 300 },
      );
    },
  );
});
