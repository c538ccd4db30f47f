import type { RequestChanges } from "@sluice/resources/message-changes";
import { expect, test } from "vitest";
import type { BodyChanges } from "./body-conversion.ts";
import { RewritingError } from "./rewriting-error.ts";
import {
  convertMessage,
  type RewritableMessage,
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

const inXml = { "content-type": "text/xml; charset=UTF-8" };
const inJson = { "content-type": "application/json" };

test("JSON becomes XML, and says so unless the policy says otherwise", () => {
  const body: BodyChanges = { convert: "json-to-xml", xml: { root: "order", lists: [], values: "text" } };
  const message = { headers: inJson, body: '{"item":["tea","milk"]}' };
  const xml = '<?xml version="1.0" encoding="UTF-8"?><order><item>tea</item><item>milk</item></order>';
  expect(rewrite({ body }, message)).toEqual({
    headers: { "content-type": "application/xml; charset=utf-8" },
    query: "",
    body: xml,
  });
  const headers = { "content-type": "application/soap+xml" };
  expect(rewrite({ body, headers }, message).headers).toEqual(headers);
});

test("XML becomes JSON, in lists and types as the policy says", () => {
  const body: BodyChanges = { convert: "xml-to-json", xml: { lists: ["item"], values: "typed" } };
  expect(rewrite({ body }, { headers: inXml, body: '<order n="1"><item>2</item></order>' })).toEqual({
    headers: inJson,
    query: "",
    body: '{"order":{"@n":1,"item":[2]}}',
  });
});

test("templates see XML as the JSON that it became, and what becomes XML comes of their result", () => {
  const ofXml = {
    body: { convert: "xml-to-json", template: '{"to": {{ order.to }}}', format: "json" } as const,
    headers: { "x-order": "{{ order['@id'] }}" },
  };
  expect(rewrite(ofXml, { headers: inXml, body: '<order id="7"><to>"Ada"</to></order>' })).toMatchObject({
    headers: { ...inJson, "x-order": "7" },
    body: '{"to": "\\"Ada\\""}',
  });
  const ofJson = {
    body: { convert: "json-to-xml", template: '{"order": {"to": {{ to }}}}', format: "json" } as const,
  };
  expect(rewrite(ofJson, { headers: inJson, body: '{"to":"<Ada>"}' }).body).toMatch(
    /<order><to>&lt;Ada&gt;<\/to><\/order>$/,
  );
});

test("an empty body stays empty, and keeps its type", () => {
  expect(rewrite({ body: { convert: "json-to-xml" } }, { headers: inJson })).toMatchObject({
    headers: inJson,
    body: "",
  });
  expect(rewrite({ body: { convert: "xml-to-json" } })).toMatchObject({ headers: {}, body: "" });
});

test.each([
  [
    "no XML",
    "xml-to-json",
    inXml,
    "<a>secret",
    "its body can't be converted from XML: it is not well-formed at line 1, column 4",
  ],
  ["no type", "xml-to-json", {}, "<a/>", "the content type of its body is not that of XML"],
  ["another type", "xml-to-json", inJson, "<a/>", "the content type of its body is not that of XML"],
  [
    "another character set",
    "xml-to-json",
    { "content-type": "text/xml; charset=latin1" },
    "<a/>",
    "its XML is in a character set other than UTF-8",
  ],
  ["no JSON", "json-to-xml", inJson, "secret", "its body can't be converted from JSON: it is no valid JSON"],
  [
    "compressed",
    "json-to-xml",
    { ...inJson, "content-encoding": "gzip" },
    "secret",
    "its body is compressed",
  ],
] as const)(
  "a body that can't be converted is refused without being quoted: %s",
  (_what, convert, headers, body, message) => {
    expect(() => rewrite({ body: { convert } }, { headers, body })).toThrow(new RewritingError(message));
  },
);

test("errors are converted where they can be, and nothing else of them is rewritten", () => {
  const own = changes({
    headers: { x: "{{ missing }}" },
    body: { convert: "xml-to-json", template: "{}", format: "json" },
  });
  expect(convertMessage(own, { headers: inXml, body: "<fault>no</fault>" })).toEqual({
    headers: inJson,
    body: '{"fault":"no"}',
  });
  for (const headers of [{ "content-type": "text/html" }, {}]) {
    expect(convertMessage(own, { headers, body: "<p>no</p>" })).toBeUndefined();
  }
  expect(convertMessage(changes({}), { headers: inXml, body: "<a/>" })).toBeUndefined();
});
