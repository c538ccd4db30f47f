import { expect, test } from "vitest";
import { redactFields } from "./log-redaction.ts";

test("fields that hold secrets or prompts are replaced at any depth and in any case", () => {
  const fields = {
    requestId: "r-1",
    Authorization: "Bearer secret",
    headers: { "x-api-key": "secret", accept: "*/*" },
    calls: [{ provider: { apiKey: "secret" } }, { prompt: "what was said" }],
    credential: { nested: "secret" },
  };
  expect(redactFields(fields)).toEqual({
    requestId: "r-1",
    Authorization: "[redacted]",
    headers: { "x-api-key": "[redacted]", accept: "*/*" },
    calls: [{ provider: { apiKey: "[redacted]" } }, { prompt: "[redacted]" }],
    credential: "[redacted]",
  });
  expect(fields.headers["x-api-key"]).toBe("secret");
});

test("fields with nothing to hide are passed on as they are", () => {
  const fields = {
    requestId: "r-1",
    usage: { inputTokens: 3 },
    tags: ["a", "b"],
    nothing: null,
    missing: undefined,
  };
  expect(redactFields(fields)).toBe(fields);
});

test("errors are left to their serializer", () => {
  const error = new Error("failed");
  expect(redactFields({ err: error }).err).toBe(error);
});

test("bytes are logged by their number", () => {
  expect(redactFields({ data: new TextEncoder().encode("what was said") })).toEqual({ data: "[13 bytes]" });
});

test("an object that holds itself comes to an end", () => {
  const circle: Record<string, unknown> = { name: "circle" };
  circle.self = circle;
  expect(JSON.stringify(redactFields(circle))).toContain("[redacted]");
});
