import { expect, test } from "vitest";
import { readWarmRequests } from "./warm-file.ts";

test("bodies go where they are for, and what says so goes there", () => {
  const chat = { model: "m", messages: [] };
  const lines = [
    JSON.stringify(chat),
    "",
    '{"model":"e","input":"x"}',
    '{"path":"/v1/messages","headers":{"a":"b"},"body":{"model":"m"}}',
  ];
  expect(readWarmRequests(`${lines.join("\n")}\n`)).toEqual([
    { line: 1, path: "/v1/chat/completions", headers: {}, body: chat },
    { line: 3, path: "/v1/embeddings", headers: {}, body: { model: "e", input: "x" } },
    { line: 4, path: "/v1/messages", headers: { a: "b" }, body: { model: "m" } },
  ]);
});

test.each([
  ['{"model": "m"', "Line 1: must be a JSON object, all of it in one line."],
  ["[]", "Line 1: must be a JSON object, all of it in one line."],
  [
    '{"model":"m"}',
    'Line 1: neither messages nor input: name where the request goes, as {"path": "/v1/messages", "body": {…}}.',
  ],
  ['{"path":"v1","body":{}}', 'Line 1: path: Invalid string: must start with "/".'],
])("%s: %s", (text, message) => {
  expect(() => readWarmRequests(text)).toThrow(message);
});
