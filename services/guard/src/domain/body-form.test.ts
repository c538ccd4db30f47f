import type { Envelope } from "@sluice/contracts/envelope";
import type { Target } from "@sluice/resources/find-target";
import { expect, test } from "vitest";
import { bodyFormOf, textualForm } from "./body-form.ts";

function form(path: string | undefined, target: object = {}, method = "POST"): unknown {
  const forwarded = path === undefined ? {} : { forwarded: { method, path, headers: {} } };
  const envelope = { dialect: "openai", operation: "http", ...forwarded } as unknown as Envelope;
  return bodyFormOf(envelope, { type: "http", upstream: {}, route: {}, ...target } as unknown as Target);
}

test.each([
  ["/v1/chat/completions", { dialect: "openai", stream: false, streamFraming: "sse" }],
  ["/v1/messages?beta=true", { dialect: "anthropic", stream: false, streamFraming: "sse" }],
  [
    "/v1beta/models/gemini-pro:generateContent?key=k",
    { dialect: "gemini", stream: false, streamFraming: "sse" },
  ],
  [
    "/v1beta/models/gemini-pro:streamGenerateContent",
    { dialect: "gemini", stream: true, streamFraming: "json-array" },
  ],
  ["/v1/models", "any"],
  ["/other", "any"],
  ["//v1/messages", "any"],
  ["//host/v1/messages", "any"],
])("a request forwarded to %s is read as %j", (path, expected) => {
  expect(form(path)).toEqual(expected);
});

test("a list of models is nothing of a dialect", () => {
  expect(form("/v1/models", {}, "GET")).toBe("any");
});

test("what is rewritten behind the guard is read as any", () => {
  expect(form("/v1/messages", { route: { transformation: "t" } })).toBe("any");
});

test("a destination with one address is read by that, and not by the path that the client chose", () => {
  expect(form("/v1/messages", { upstream: { path: "/models/sentiment" } })).toBe("any");
});

test("what is not forwarded is read in its own dialect", () => {
  const form = { dialect: "gemini", stream: true, streamFraming: "sse" };
  const envelope = { ...form, operation: "chat" } as unknown as Envelope;
  expect(bodyFormOf(envelope, { type: "model" } as unknown as Target)).toEqual(form);
});

test.each([
  [undefined, "json"],
  ["application/json", "json"],
  ["Application/JSON; charset=utf-8", "json"],
  ["application/problem+json", "json"],
  ["text/plain", "text"],
  ["text/markdown; charset=ISO-8859-1", "text"],
  ["text/html", "opaque"],
  ["application/xml", "xml"],
  ["text/xml; charset=utf-8", "xml"],
  ["application/xml; charset=utf-16", "opaque"],
  ["image/svg+xml", "xml"],
  ["application/x-www-form-urlencoded", "opaque"],
  ["application/xmlish", "opaque"],
  ["application/octet-stream", "opaque"],
  ["multipart/form-data; boundary=x", "opaque"],
  ["text/plain; charset=utf-16le", "opaque"],
  ['application/json; charset="UTF-16"', "opaque"],
  ["text/plain; charset=utf-7", "opaque"],
  ["", "opaque"],
])("the content type %j is %s", (type, expected) => {
  expect(textualForm(type)).toBe(expected);
});
