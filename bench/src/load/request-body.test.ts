import { expect, test } from "vitest";
import { requestBody } from "./request-body.ts";

test.each([1024, 16 * 1024, 256 * 1024])("a body of %i bytes has as many", (bytes) => {
  const body = requestBody("gpt-4o-mini", bytes, false);
  expect(body.length).toBe(bytes);
  expect(JSON.parse(body.toString())).toMatchObject({ model: "gpt-4o-mini" });
});

test("a body that is asked to be shorter than its question holds the question", () => {
  expect(JSON.parse(requestBody("m", 1, false).toString()).messages).toHaveLength(2);
});

test("a streamed request asks for its usage", () => {
  expect(JSON.parse(requestBody("m", 1024, true).toString())).toMatchObject({
    stream: true,
    stream_options: { include_usage: true },
  });
});
