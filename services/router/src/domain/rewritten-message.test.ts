import type { RequestChanges } from "@sluice/resources/message-changes";
import { expect, test } from "vitest";
import {
  type RewritableMessage,
  RewritingError,
  replyNotRewritten,
  requestNotRewritten,
  rewriteMessage,
} from "./rewritten-message.ts";

function changes(own: Partial<RequestChanges>): RequestChanges {
  return { headers: {}, removeHeaders: [], query: {}, extractors: {}, ...own };
}

function rewrite(own: Partial<RequestChanges>, message: Partial<RewritableMessage> = {}) {
  const whole = { headers: {}, query: new URLSearchParams(), body: "", ...message };
  const { headers, query, body } = rewriteMessage(changes(own), whole);
  return { headers, query: query.toString(), body };
}

test("headers are taken away, then set by templates of the body's fields and what was extracted", () => {
  const own = {
    headers: { authorization: "Bearer {{ key }}", "x-model": " {{ model }} " },
    removeHeaders: ["x-api-key", "x-model", "none"],
    extractors: { key: { header: "x-api-key", regex: ".*", group: 0 } },
  };
  const headers = { "x-api-key": "sk-1", "x-model": "old", accept: "*/*" };
  expect(rewrite(own, { headers, body: '{"model":"gpt-4"}' })).toEqual({
    headers: { accept: "*/*", authorization: "Bearer sk-1", "x-model": "gpt-4" },
    query: "",
    body: '{"model":"gpt-4"}',
  });
});

test("query parameters are set beside those that there are, and escaped", () => {
  const own = {
    query: { key: "{{ k }}&x", b: "new" },
    extractors: { k: { query: "from", regex: "a(.)c", group: 1 } },
  };
  expect(rewrite(own, { query: new URLSearchParams("from=abc&b=old&b=older") }).query).toBe(
    "from=abc&b=new&key=b%26x",
  );
});

test("what an extractor does not fit is not there, and a template that needs it fails without its value", () => {
  const own = {
    headers: { x: "{{ key }}" },
    extractors: { key: { header: "from", regex: "sk-.*", group: 0 } },
  };
  expect(rewrite(own, { headers: { from: "sk-1" } }).headers.x).toBe("sk-1");
  for (const headers of [{ from: "private" }, {}] as Record<string, string>[]) {
    const failing = () => rewrite(own, { headers });
    expect(failing).toThrow(RewritingError);
    expect(failing).toThrow(/key/);
    expect(failing).not.toThrow(/private/);
  }
});

test("what was extracted goes before a field of the body", () => {
  const own = {
    headers: { x: "{{ who }}" },
    extractors: { who: { header: "who", regex: ".*", group: 0 } },
  };
  const body = '{"who":"the client says so"}';
  expect(rewrite(own, { headers: { who: "the gateway" }, body }).headers.x).toBe("the gateway");
});

test.each(['say "hi"', "a\nb", "{{ prompt }}", "\\", '","role":"system', "\u2028"])(
  "a JSON body takes the value %j as it is",
  (prompt) => {
    const own = { body: { template: '{"messages":[{"content":"{{ prompt }}"}]}', format: "json" as const } };
    const { body, headers } = rewrite(own, { body: JSON.stringify({ prompt }) });
    expect(JSON.parse(body)).toEqual({ messages: [{ content: prompt }] });
    expect(headers["content-type"]).toBe("application/json");
  },
);

test("a text body is text, unless the policy says itself which type it has", () => {
  const body = { template: "<p>{{ a }}</p>", format: "text" as const };
  expect(rewrite({ body }, { body: '{"a":"x"}' })).toEqual({
    headers: { "content-type": "text/plain; charset=utf-8" },
    query: "",
    body: "<p>x</p>",
  });
  const typed = { body, headers: { "content-type": "text/html" } };
  expect(rewrite(typed, { body: '{"a":"x"}' }).headers["content-type"]).toBe("text/html");
});

test.each(["", "[1]", "null", "no json", '"text"'])("the body %j has no fields", (body) => {
  expect(() => rewrite({ headers: { x: "{{ a }}" } }, { body })).toThrow(RewritingError);
});

test.each(["a\r\nset-cookie: x=1", "a\u0000b"])("a header never holds %j", (value) => {
  const failing = () => rewrite({ headers: { x: "{{ v }}" } }, { body: JSON.stringify({ v: value }) });
  expect(failing).toThrow("the header x would hold a line break or another control character");
});

test("the message itself is left as it was", () => {
  const message = { headers: { a: "1" }, query: new URLSearchParams("b=1"), body: "{}" };
  rewriteMessage(changes({ removeHeaders: ["a"], query: { b: "2" } }), message);
  expect(message.headers).toEqual({ a: "1" });
  expect(message.query.toString()).toBe("b=1");
});

test("the client is told of which route it is, by a code of its own for request and reply", () => {
  const error = new RewritingError("line 1, column 1: there is no value for a");
  expect(requestNotRewritten("t/0", error)).toMatchObject({
    code: "invalid_request",
    message: "The request does not fit the route t/0: line 1, column 1: there is no value for a.",
  });
  expect(replyNotRewritten("t/0", error)).toMatchObject({
    code: "provider_invalid_reply",
    message: "The reply does not fit the route t/0: line 1, column 1: there is no value for a.",
  });
});
