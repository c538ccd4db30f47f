import { dialectNames } from "@sluice/contracts/dialect-name";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { getDialect } from "./dialects.ts";
import { renameModel } from "./rename-model.ts";
import { findTopLevelFields } from "./top-level-fields.ts";

const openai = getDialect("openai");
const prepare = (body: string, stream = false) =>
  openai.preparePassThroughBody(body, { operation: "chat", providerModel: "gpt-5.1", stream });

describe("a body that is passed through", () => {
  it("changes in the model's name only, byte for byte", () => {
    const body =
      '{ "temperature": 1.0, "model" : "assistant",\n\t"messages":[{"model":"x","content":"\\u00e9 é"}], "n":1e0 }';
    expect(prepare(body)).toBe(body.replace('"assistant"', '"gpt-5.1"'));
    expect(prepare('{"model":"gpt-5.1","a":1.0}')).toBe('{"model":"gpt-5.1","a":1.0}');
    const anthropic = getDialect("anthropic").preparePassThroughBody(body, {
      operation: "chat",
      providerModel: "claude-opus-5",
      stream: true,
    });
    expect(anthropic).toBe(body.replace('"assistant"', '"claude-opus-5"'));
    expect(
      getDialect("gemini").preparePassThroughBody(body, {
        operation: "chat",
        providerModel: "g",
        stream: true,
      }),
    ).toBe(body);
  });

  it.each([
    ['{"model":"a","model":"b"}', '{"model":"gpt-5.1","model":"gpt-5.1"}'],
    ['{"model":"a","model":"gpt-5.1"}', '{"model":"gpt-5.1","model":"gpt-5.1"}'],
    ['{"model":"gpt-5.1","model":"a"}', '{"model":"gpt-5.1","model":"gpt-5.1"}'],
    ['{"model":"a\\"b","model":"gpt-5.1"}', '{"model":"gpt-5.1","model":"gpt-5.1"}'],
    ['{"model":1,"model":"gpt-5.1"}', '{"model":"gpt-5.1","model":"gpt-5.1"}'],
    ['{"model":"gpt-5.1","mode\\u006c":"a"}', '{"model":"gpt-5.1","mode\\u006c":"gpt-5.1"}'],
  ])("changes every model where a body names two: %s", (body, expected) => {
    expect(prepare(body)).toBe(expected);
  });

  it.each([
    ['"stream":true}', '"stream":true,"stream_options":{"include_usage":true}}'],
    ['"a":[1,{"b":2}] }', '"a":[1,{"b":2}] ,"stream_options":{"include_usage":true}}'],
    ['"stream_options":null,"a":1}', '"stream_options":{"include_usage":true},"a":1}'],
    [
      '"stream_options":{"include_usage":false,"include_obfuscation":false}}',
      '"stream_options":{"include_usage":true,"include_obfuscation":false}}',
    ],
    ['"stream_options": { "include_usage" : true } }', '"stream_options": { "include_usage" : true } }'],
  ])("asks for the usage of a stream: %s", (rest, expectedRest) => {
    const [body, expected] = [rest, expectedRest].map((end) => `{"model":"gpt-5.1",${end}`) as [
      string,
      string,
    ];
    expect(prepare(body, true)).toBe(expected);
    expect(openai.clientAskedForUsage(prepare(body, true))).toBe(true);
    expect(prepare(body, false)).toBe(body);
  });

  it("names the model that is asked for where the client names none", () => {
    expect(prepare("{}", false)).toBe('{"model":"gpt-5.1"}');
    expect(prepare('{"a":1}', false)).toBe('{"a":1,"model":"gpt-5.1"}');
    expect(prepare("{}", true)).toBe('{"model":"gpt-5.1","stream_options":{"include_usage":true}}');
    expect(renameModel("{}", "m")).toBe('{"model":"m"}');
    expect(renameModel('{ "a": 1 }', "m")).toBe('{ "a": 1 ,"model":"m"}');
  });

  it("keeps its meaning and all bytes around the change, whatever it holds", () => {
    const fields = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(
        fields,
        fields,
        fc.constantFrom(undefined, 0, 2, "\t"),
        fc.boolean(),
        (before, after, indent, stream) => {
          const whole = { ...before, model: "assistant", ...after };
          whole.model = "assistant";
          delete (whole as Record<string, unknown>).stream_options;
          const body = JSON.stringify(whole, null, indent);
          const prepared = prepare(body, stream);
          const options = stream ? { stream_options: { include_usage: true } } : {};
          expect(JSON.parse(prepared)).toEqual(
            JSON.parse(JSON.stringify({ ...whole, model: "gpt-5.1", ...options })),
          );
          const { fields: found, closingBrace } = findTopLevelFields(body, new Set(["model"]));
          const end = (found[0]?.valueOffset ?? 0) + (found[0]?.valueLength ?? 0);
          expect(prepared.startsWith(body.slice(0, found[0]?.valueOffset))).toBe(true);
          expect(prepared).toContain(body.slice(end, closingBrace));
          expect(prepared.endsWith(body.slice(closingBrace))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each(["", "[]", "5", '"x"', "{", '{"a":}', "{a:1}", '{"a":1} x', '{"a":1,}', '{"a":1}//'])(
    "is refused where it is no JSON object: %s",
    (body) => {
      expect(() => prepare(body, true)).toThrowError(expect.objectContaining({ code: "invalid_json" }));
    },
  );

  it("is known to ask for usage by its own words only", () => {
    expect(openai.clientAskedForUsage('{"stream_options":{"include_usage":true}}')).toBe(true);
    expect(openai.clientAskedForUsage('{"stream_options":{"include_usage":false}}')).toBe(false);
    expect(openai.clientAskedForUsage('{"messages":[{"content":"\\"include_usage\\":true"}]}')).toBe(false);
    expect(openai.clientAskedForUsage('{"x":{"stream_options":{"include_usage":true}}}')).toBe(false);
    expect(getDialect("anthropic").clientAskedForUsage("{}")).toBe(true);
  });

  it("may not hold thoughts of another provider", () => {
    const foreign = Buffer.from("sluice:gemini:signature:abc").toString("base64");
    for (const name of dialectNames)
      expect(getDialect(name).canPassThrough('{"signature":"EqQB"}')).toBe(true);
    expect(getDialect("anthropic").canPassThrough(`{"signature":"${foreign}"}`)).toBe(false);
    expect(getDialect("gemini").canPassThrough(`{"thoughtSignature":"${foreign}"}`)).toBe(false);
  });
});

describe("the chunk that only tells usage", () => {
  it.each([
    [true, '{"id":"x","choices":[],"usage":{"prompt_tokens":1}}'],
    [true, '{"choices": [ ], "usage": {"prompt_tokens": 1}}'],
    [false, '{"choices":[],"usage":null,"prompt_filter_results":[]}'],
    [false, '{"choices":[],"prompt_filter_results":[]}'],
    [false, '{"choices":[{"index":0,"delta":{"content":"\\"choices\\":[],\\"usage\\":{"}}],"usage":null}'],
    [false, '{"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":1}}'],
    [false, "[DONE]"],
  ])("is told (%s) from others: %s", (expected, data) => {
    expect(openai.isUsageOnlyChunk(data)).toBe(expected);
  });
});
