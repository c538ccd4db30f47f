import { expect, test } from "vitest";
import { readGeminiGenerate } from "./read-generate-request.ts";

const user = { role: "user", parts: [{ text: "Hi" }] };
const call = { role: "model", parts: [{ functionCall: { name: "f", args: {} } }] };
const result = { role: "user", parts: [{ functionResponse: { name: "f", response: { output: "42" } } }] };
const withParameters = (parameters: unknown) => ({
  contents: [user],
  tools: [{ functionDeclarations: [{ name: "f", parameters }] }],
});

test.each([
  ["no contents", {}, "contents is not specified"],
  [
    "a field of another provider",
    { contents: [user], stream: true },
    'Unknown name "stream": Cannot find field.',
  ],
  [
    "an unknown generation setting",
    { contents: [user], generationConfig: { max_tokens: 5 } },
    "Unknown name \"max_tokens\" at 'generation_config'",
  ],
  [
    "an unknown role",
    { contents: [{ role: "assistant", parts: [{ text: "x" }] }] },
    "Please use a valid role: user, model.",
  ],
  [
    "no parts",
    { contents: [{ role: "user", parts: [] }] },
    "contents[0].parts: contents.parts must not be empty",
  ],
  [
    "a part that says nothing",
    { contents: [{ role: "user", parts: [{ thought: true }] }] },
    "required oneof field 'data'",
  ],
  [
    "additionalProperties",
    withParameters({ type: "OBJECT", properties: { a: { type: "OBJECT", additionalProperties: false } } }),
    "Unknown name \"additionalProperties\" at 'tools[0].function_declarations[0].parameters.properties[0].value': Cannot find field.",
  ],
  [
    "$schema",
    withParameters({ $schema: "x", type: "OBJECT", properties: { a: { type: "STRING" } } }),
    'Unknown name "$schema"',
  ],
  [
    "a list of types",
    withParameters({ type: "OBJECT", properties: { a: { type: ["string", "null"] } } }),
    "Proto field is not repeating, cannot start list.",
  ],
  [
    "an object without properties",
    withParameters({ type: "object", properties: {} }),
    "should be non-empty for OBJECT type",
  ],
  [
    "an array without items",
    withParameters({ type: "object", properties: { a: { type: "array" } } }),
    "items: missing field.",
  ],
  [
    "an enum of numbers",
    withParameters({ type: "object", properties: { a: { type: "integer", enum: [1] } } }),
    "only allowed for STRING type",
  ],
  [
    "a format that strings do not have",
    withParameters({ type: "object", properties: { a: { type: "string", format: "email" } } }),
    "only 'enum' and 'date-time' are supported",
  ],
  [
    "a schema without a JSON type",
    { contents: [user], generationConfig: { responseSchema: { type: "STRING" } } },
    "response_mime_type",
  ],
  [
    "a call that follows nothing",
    { contents: [call, result] },
    "function call turn comes immediately after a user turn",
  ],
  [
    "a response that follows no call",
    { contents: [user, result] },
    "function response turn comes immediately after a function call turn",
  ],
  [
    "a call without a response",
    { contents: [user, call, user] },
    "number of function response parts is equal",
  ],
])("%s is refused", (_name, body, message) => {
  expect(() => readGeminiGenerate(body, "gemini-2.5-flash", "plain")).toThrow(
    expect.objectContaining({ status: 400, message: expect.stringContaining(message) }),
  );
});

test("a call of the present turn needs its signature from Gemini 3 on", () => {
  const contents = [user, call, result];
  expect(() => readGeminiGenerate({ contents }, "gemini-3-flash-preview", "plain")).toThrow(
    /thought_signature/,
  );
  const signed = { role: "model", parts: [{ ...call.parts[0], thought_signature: "c2ln" }] };
  const older = [user, call, result, user, signed, result];
  expect(() => readGeminiGenerate({ contents: older }, "gemini-3-flash-preview", "plain")).not.toThrow();
});

test("snake_case names are the same, and JSON schemas may be whole", () => {
  const schema = {
    type: "object",
    properties: { a: { type: ["string", "null"] } },
    additionalProperties: false,
  };
  const read = readGeminiGenerate(
    {
      system_instruction: { parts: [{ text: "Be brief." }] },
      contents: [user, call, result],
      tools: [{ function_declarations: [{ name: "f", parameters_json_schema: schema }] }],
      generation_config: {
        max_output_tokens: 9,
        response_mime_type: "application/json",
        response_json_schema: schema,
      },
    },
    "gemini-2.5-flash",
    "plain",
  );
  expect(read.prompt).toMatchObject({
    text: "Be brief.Hif{}42",
    messageCount: 4,
    maxOutputTokens: 9,
    toolResult: "42",
    structured: { schema },
    tools: [{ name: "f", schema }],
  });
});
