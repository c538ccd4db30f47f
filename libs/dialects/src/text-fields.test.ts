import { describe, expect, it } from "vitest";
import { parseJsonTree } from "./json-tree.ts";
import { anyTexts, replyTexts, requestTexts } from "./text-fields.ts";

function requestTextsOf(body: unknown): string[] {
  const source = JSON.stringify(body);
  return requestTexts(source, parseJsonTree(source)).map(({ text, form }) =>
    form === "text" ? text : `${form}: ${text}`,
  );
}

function repliesOf(dialect: Parameters<typeof replyTexts>[0], event: unknown) {
  const source = JSON.stringify(event);
  const { fields, closes, retellings } = replyTexts(dialect, source, parseJsonTree(source));
  return {
    fields: fields.map(({ text, channel, form }) => [channel, form, text]),
    closes,
    retellings: retellings.map(({ offset, length }) => source.slice(offset, offset + length)),
  };
}

describe("texts of a request", () => {
  it("are the contents of messages, names, tools with their descriptions, and whatever else is a string", () => {
    const texts = requestTextsOf({
      model: "gpt-5",
      messages: [
        { role: "system", content: "s" },
        {
          role: "user",
          content: [
            { type: "text", text: "t" },
            { type: "image_url", image_url: { url: "https://host/i" } },
          ],
        },
        {
          role: "assistant",
          tool_calls: [{ id: "call_1", type: "function", function: { name: "n", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "call_1", content: '{"a": 1}' },
      ],
      tools: [
        {
          type: "function",
          function: { name: "n", description: "d", parameters: { properties: { p: { description: "e" } } } },
        },
      ],
      stop: ["x"],
    });
    expect(texts).toEqual([
      "s",
      "t",
      "https://host/i",
      "n",
      "json: {}",
      'json: {"a": 1}',
      "n",
      "d",
      "e",
      "x",
    ]);
  });

  it("are names, strings and long numbers below what a tool is given or gives", () => {
    expect(
      requestTextsOf({
        type: "tool_use",
        id: "toolu_1",
        name: "n",
        input: { id: "i", list: [1, 123456789, true, null] },
      }),
    ).toEqual(["n", "id", "i", "list", "number: 123456789"]);
    expect(requestTextsOf({ functionResponse: { response: { to: "x" } } })).toEqual(["to", "x"]);
  });

  it("are not names of models, ids, signatures or encoded data", () => {
    const encoded = [
      { url: "data:image/png;base64,AAAA" },
      { type: "base64", media_type: "image/png", data: "AAAA" },
      { mimeType: "image/png", data: "AAAA" },
      { filename: "f.pdf", file_data: "AAAA" },
      { type: "redacted_thinking", data: "AAAA" },
      { type: "thinking", thinking: "t", signature: "AAAA" },
    ];
    expect(requestTextsOf({ model: "m", encoded })).toEqual(["f.pdf", "t"]);
  });
});

describe("the system prompt of a request", () => {
  it.each([
    [
      "OpenAI",
      {
        messages: [
          { role: "system", content: "s" },
          { role: "user", content: "u" },
          { role: "developer", content: [{ type: "text", text: "d" }] },
          { role: "user", content: [{ role: "system", text: "v" }] },
        ],
      },
      ["s", "d"],
    ],
    [
      "Anthropic",
      { system: [{ type: "text", text: "s" }], messages: [{ role: "user", content: "u" }] },
      ["s"],
    ],
    [
      "Gemini",
      { systemInstruction: { parts: [{ text: "s" }] }, contents: [{ parts: [{ text: "u" }] }] },
      ["s"],
    ],
    ["none", { contents: [{ role: "system", text: "u" }], tools: [{ description: "d" }] }, []],
  ])("is told from what else it says: %s", (_dialect, body, instructions) => {
    const source = JSON.stringify(body);
    const fields = requestTexts(source, parseJsonTree(source));
    expect(fields.filter(({ isInstruction }) => isInstruction).map(({ text }) => text)).toEqual(instructions);
  });
});

describe("texts of any JSON", () => {
  it("are all strings in their order, names and long numbers among them", () => {
    const source =
      '{"prompt":"p","id":"i","x":[1,4111111111111111,true,null,"a",{"deep":["b",[["c"]]]}],"arguments":"{\\"a\\":1}"}';
    expect(anyTexts(source, parseJsonTree(source)).map(({ text, form }) => [form, text])).toEqual([
      ["text", "prompt"],
      ["text", "p"],
      ["text", "id"],
      ["text", "i"],
      ["text", "x"],
      ["number", "4111111111111111"],
      ["text", "a"],
      ["text", "deep"],
      ["text", "b"],
      ["text", "c"],
      ["text", "arguments"],
      ["json", '{"a":1}'],
    ]);
    expect(anyTexts('"s"', parseJsonTree('"s"')).map(({ node }) => [node.offset, node.length])).toEqual([
      [0, 3],
    ]);
    expect(anyTexts("[0]", parseJsonTree("[0]"))).toEqual([]);
  });
});

describe("texts of a reply", () => {
  it("of OpenAI are pieces for each choice and each tool call, ended by the finish reason", () => {
    const tool_calls = [{ index: 1, id: "call_1", function: { name: "n", arguments: "{" } }];
    expect(
      repliesOf("openai", {
        choices: [
          {
            index: 2,
            delta: { content: "c", reasoning_content: "r", tool_calls },
            logprobs: { content: [] },
            finish_reason: "stop",
          },
        ],
      }),
    ).toEqual({
      fields: [
        ["choice 2 content", "text", "c"],
        ["choice 2 reasoning_content", "text", "r"],
        [undefined, "text", "n"],
        ["choice 2 tool 1 arguments", "json", "{"],
      ],
      closes: ["choice 2 "],
      retellings: ['{"content":[]}'],
    });
  });

  it("of Anthropic are pieces of each block, ended by its stop", () => {
    const delta = (delta: object): object => ({ type: "content_block_delta", index: 3, delta });
    expect(repliesOf("anthropic", delta({ type: "text_delta", text: "t" })).fields).toEqual([
      ["block 3 text", "text", "t"],
    ]);
    expect(repliesOf("anthropic", delta({ type: "thinking_delta", thinking: "t" })).fields).toEqual([
      ["block 3 thinking", "text", "t"],
    ]);
    expect(repliesOf("anthropic", delta({ type: "input_json_delta", partial_json: "{" })).fields).toEqual([
      ["block 3 input", "json", "{"],
    ]);
    expect(repliesOf("anthropic", delta({ type: "signature_delta", signature: "AAAA" })).fields).toEqual([]);
    expect(repliesOf("anthropic", { type: "content_block_stop", index: 3 }).closes).toEqual(["block 3 "]);
  });

  it("of Gemini are pieces of each candidate, thoughts apart, and what a function is given", () => {
    const parts = [
      { text: "h", thought: true },
      { text: "t" },
      { functionCall: { name: "n", args: { to: "x" } } },
    ];
    expect(
      repliesOf("gemini", { candidates: [{ content: { parts, role: "model" }, finishReason: "STOP" }] }),
    ).toEqual({
      fields: [
        ["candidate 0 thought", "text", "h"],
        ["candidate 0 text", "text", "t"],
        [undefined, "text", "n"],
        [undefined, "text", "to"],
        [undefined, "text", "x"],
      ],
      closes: ["candidate 0 "],
      retellings: [],
    });
  });

  it("of a whole message count one by one", () => {
    const message = {
      role: "assistant",
      content: "c",
      refusal: null,
      audio: { id: "a", data: "AAAA", transcript: "s", expires_at: 1 },
    };
    expect(repliesOf("openai", { choices: [{ index: 0, message, finish_reason: "stop" }] }).fields).toEqual([
      [undefined, "text", "c"],
      [undefined, "text", "s"],
    ]);
  });
});
