import type { Envelope } from "@sluice/contracts/envelope";
import { XmlError } from "@sluice/xml/xml-error";
import { expect, test } from "vitest";
import type { BodyForm } from "./body-form.ts";
import { DecisionTally } from "./decision-tally.ts";
import { inspectRequest } from "./inspect-request.ts";
import { planOfAll } from "./testing/plans.ts";

async function inspected(
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  form: BodyForm = "any",
): Promise<{ text: string; same: boolean }> {
  const envelope = { forwarded: { method: "POST", path: "/x", headers } } as unknown as Envelope;
  const came = typeof body === "string" ? Buffer.from(body) : body;
  const went = await inspectRequest(envelope, form, came, planOfAll(), new DecisionTally("prompt"), () => {});
  return { text: Buffer.from(went).toString(), same: went === came };
}

const json = { "content-type": "application/json" };
const text = { "content-type": "text/plain" };

test("in a dialect the texts of messages are looked at, and identifiers are not", async () => {
  const body = '{"model":"a@example.com","messages":[{"role":"user","content":"b@example.com"}]}';
  expect((await inspected(body, json, { dialect: "openai", stream: false, streamFraming: "sse" })).text).toBe(
    '{"model":"a@example.com","messages":[{"role":"user","content":"[EMAIL]"}]}',
  );
});

test("in any other form everything is looked at, as the content type says it is to be read", async () => {
  expect((await inspected('{"model":"a@example.com"}', json)).text).toBe('{"model":"[EMAIL]"}');
  expect((await inspected('{"model":"a@example.com"}')).text).toBe('{"model":"[EMAIL]"}');
  expect((await inspected("I am a@example.com {", text)).text).toBe("I am [EMAIL] {");
});

test("JSON is read as JSON, whatever the client calls it", async () => {
  const escaped = '{"prompt":"a\\u0040example.com"}';
  expect((await inspected(escaped, text)).text).toBe('{"prompt":"[EMAIL]"}');
  expect((await inspected('{"card":4111111111111111,"b@example.com":1}', json)).text).toBe(
    '{"card":"[CREDIT_CARD]","[EMAIL]":1}',
  );
});

test("XML is read as whoever parses it reads it, whatever the client calls it", async () => {
  const xml = "<to kind='b@example.com'>a&#64;exam<!-- -->ple.com</to>";
  const masked = "<to kind='[EMAIL]'>[EMAIL]<!-- --></to>";
  for (const type of ["application/xml", "text/xml; charset=utf-8", "application/soap+xml", "text/plain"]) {
    expect((await inspected(xml, { "content-type": type })).text).toBe(masked);
  }
  expect((await inspected("<to>nobody</to>", { "content-type": "application/xml" })).same).toBe(true);
  expect((await inspected("<a@example.com>", text)).text).toBe("<[EMAIL]>");
});

test.each([
  ["is not well-formed", "<a>a@example.com"],
  ["has a document type", '<!DOCTYPE a [<!ENTITY b "a@example.com">]><a>&b;</a>'],
  ["says that it is in another encoding", '<?xml version="1.0" encoding="utf-7"?><a>a+AEA-example.com</a>'],
  ["has a value in a name", "<PRJ-1234/>"],
])("XML that %s is an error, and never let through", async (_what, xml) => {
  await expect(inspected(xml, { "content-type": "application/xml" })).rejects.toThrow(XmlError);
});

test("what has nothing in it goes on as the very same bytes, also where its form is not known", async () => {
  expect((await inspected("nothing", text)).same).toBe(true);
  expect((await inspected("", { "content-type": "image/png" })).same).toBe(true);
});

test.each([
  [{ "content-type": "image/png" }],
  [{ "content-type": "multipart/form-data; boundary=b" }],
  [{ "content-type": "application/json", "content-encoding": "gzip" }],
  [{ "content-type": "text/plain; charset=utf-16le" }],
  [{ "content-type": "application/x-www-form-urlencoded" }],
  [{ "content-type": "application/xml; charset=utf-16" }],
  [{ "content-type": "text/html" }],
])("what can't be looked into is an error, and never let through: %j", async (headers) => {
  await expect(inspected("a@example.com", headers as Record<string, string>)).rejects.toThrow(
    "the request is in a format or encoding that cannot be inspected",
  );
});

test("what is not what it says is an error", async () => {
  await expect(inspected("no json", json)).rejects.toThrow(SyntaxError);
  await expect(inspected(Uint8Array.from([0xff, 0xfe, 0x61]), text)).rejects.toThrow(TypeError);
});
