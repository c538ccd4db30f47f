import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { SluiceError } from "@sluice/contracts/sluice-error";
import type { ForwardTarget } from "@sluice/resources/find-target";
import type { RequestChanges, ResponseChanges } from "@sluice/resources/message-changes";
import type { Transformation, Upstream } from "@sluice/resources/snapshot";
import { expect, test } from "vitest";
import { type ForwardPlan, planForward } from "./forward-plan.ts";
import { knownCall, knownEndpoint } from "./known-call.ts";

const envelope = {
  dialect: "openai",
  operation: "http",
  model: "",
  stream: false,
  streamFraming: "sse",
  route: "t/0",
  headers: {},
  identity: { keyId: "anonymous", tags: [] },
} as unknown as IdentifiedEnvelope;

interface Asked {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  request?: Partial<RequestChanges>;
  response?: Partial<ResponseChanges>;
  ownHeaders?: Record<string, string>;
  upstream?: Partial<Upstream>;
  host?: string;
}

const noChanges = { headers: {}, removeHeaders: [], extractors: {} };

function plan({ method = "POST", path = "/x", headers = {}, body = "", ...asked }: Asked): ForwardPlan {
  const target = {
    type: "http",
    upstream: asked.upstream ?? {},
    route: {
      name: "t/0",
      target: { type: "http", upstream: "u", ...(asked.host === undefined ? {} : { host: asked.host }) },
    },
  } as unknown as ForwardTarget;
  const { request, response } = asked;
  const transformation: Transformation = {
    ...(request === undefined ? {} : { request: { ...noChanges, query: {}, ...request } }),
    ...(response === undefined ? {} : { response: { ...noChanges, ...response } }),
  };
  return planForward({
    envelope: { ...envelope, forwarded: { method, path, headers } },
    target,
    transformation: request === undefined && response === undefined ? undefined : transformation,
    connection: { origin: "http://127.0.0.1:9", host: "svc.example" },
    ownHeaders: asked.ownHeaders ?? {},
    body: typeof body === "string" ? Buffer.from(body) : body,
  });
}

test("a request goes on as it came, to the host of its destination and for a plain answer", () => {
  const came = Buffer.from('{"a":1}');
  const { request, known, replies, response } = plan({
    method: "PUT",
    path: "/a/b?x=%20y+z&x",
    headers: { "content-type": "application/json", "accept-encoding": "gzip", authorization: "Bearer own" },
    body: came,
  });
  expect(request).toEqual({
    origin: "http://127.0.0.1:9",
    method: "PUT",
    path: "/a/b?x=%20y+z&x",
    headers: {
      "content-type": "application/json",
      authorization: "Bearer own",
      host: "svc.example",
      "accept-encoding": "identity",
    },
    body: came,
    text: '{"a":1}',
  });
  expect([known, replies, response]).toEqual([undefined, undefined, undefined]);
});

test.each(["//v1/models", "//host.example/x", "/a//b"])("the path %s is one, and no host", (path) => {
  expect(plan({ method: "GET", path }).request.path).toBe(path);
});

test("the route may name the host, and the destination may have one address only", () => {
  expect(plan({ host: "api.example" }).request.headers.host).toBe("api.example");
  expect(plan({ path: "/ai/x?a=1", upstream: { path: "/models/m?v=2" } }).request.path).toBe("/models/m?v=2");
});

test("the gateway's own headers go in place of the client's, and templates see them", () => {
  const { request } = plan({
    headers: { "x-api-key": "of the client" },
    ownHeaders: { "x-api-key": "of the Secret" },
    request: {
      headers: { authorization: "Bearer {{ key }}" },
      removeHeaders: ["x-api-key"],
      extractors: { key: { header: "x-api-key", regex: ".*", group: 0 } },
    },
  });
  expect(request.headers).toEqual({
    authorization: "Bearer of the Secret",
    host: "svc.example",
    "accept-encoding": "identity",
  });
});

test.each([
  ["text/plain; charset=iso-8859-1", [0x63, 0x61, 0x66, 0xe9]],
  ["application/json", [0xef, 0xbb, 0xbf, 0x7b, 0x7d]],
  ["application/octet-stream", [0, 255, 128]],
])("a body of the type %s is sent byte by byte where it is not rewritten", (type, bytes) => {
  const body = Uint8Array.from(bytes);
  expect(plan({ headers: { "content-type": type }, body }).request.body).toBe(body);
  const withHeader = plan({ headers: { "content-type": type }, body, request: { headers: { x: "1" } } });
  expect(withHeader.request.body).toBe(body);
});

test("only what is text is kept as one", () => {
  const textOf = (type: string) => plan({ headers: { "content-type": type }, body: "abc" }).request.text;
  for (const type of ["text/html", "application/xml", "application/problem+json; charset=utf-8"]) {
    expect(textOf(type)).toBe("abc");
  }
  for (const type of ["image/png", "application/octet-stream", "multipart/form-data"]) {
    expect(textOf(type)).toBe("");
  }
});

test("the path keeps its query as it was written, unless a parameter is set", () => {
  const set = { query: { key: "k" } };
  expect(plan({ path: "/x?a=%20b", request: set }).request.path).toBe("/x?a=+b&key=k");
  expect(plan({ path: "/x?a=%20b", request: {} }).request.path).toBe("/x?a=%20b");
});

const chat = '{"model":"gpt-4","messages":[{"role":"user","content":"hi"}]}';
const chatPath = "/v1/chat/completions";

test("a call of a model is known as one, after it was rewritten", () => {
  const template = '{"model":"gpt-3.5-turbo","messages":[{"role":"user","content":"{{ prompt }}"}]}';
  const { known, request, replies } = plan({
    path: chatPath,
    body: '{"prompt":"hi"}',
    request: { body: { template, format: "json" } },
  });
  expect(known).toMatchObject({
    dialect: "openai",
    operation: "chat",
    model: "gpt-3.5-turbo",
    stream: false,
  });
  expect(JSON.parse(String(request.body))).toEqual({
    model: "gpt-3.5-turbo",
    messages: [{ role: "user", content: "hi" }],
  });
  expect(replies).toBeDefined();
});

test("a stream is asked to report what it used", () => {
  const body = chat.replace("{", '{"stream":true,');
  const { known, request } = plan({ path: chatPath, body });
  expect(known?.stream).toBe(true);
  expect(JSON.parse(String(request.body))).toMatchObject({ stream_options: { include_usage: true } });
  expect(request.text).toBe(body);
});

test("a stream whose reply is to be rewritten as a whole is refused", () => {
  const body = chat.replace("{", '{"stream":true,');
  const response = { body: { template: "x", format: "text" as const } };
  expect(() => plan({ path: chatPath, body, response })).toThrow(
    expect.objectContaining({ code: "unsupported_feature", parameter: "stream" }),
  );
  expect(plan({ path: chatPath, body: chat, response }).response?.body?.template).toBe("x");
});

test("what can't be rewritten is refused with its place in the template, and without the body", () => {
  const failing = () =>
    plan({ body: '{"secret":"hidden"}', request: { body: { template: "{{ prompt }}", format: "text" } } });
  expect(failing).toThrow(expect.objectContaining({ code: "invalid_request" }));
  try {
    failing();
  } catch (error) {
    expect((error as SluiceError).message).toMatch(/^The request does not fit the route t\/0: .*prompt/);
    expect((error as SluiceError).message).not.toContain("hidden");
  }
});

test.each<[method: string, path: string, body: string, facts: object | undefined]>([
  ["POST", chatPath, chat, { dialect: "openai", operation: "chat", model: "gpt-4", stream: false }],
  ["POST", `${chatPath}?a=1`, '{"model":"m","stream":true}', { model: "m", stream: true }],
  ["POST", "/v1/embeddings", '{"model":"e"}', { operation: "embeddings", model: "e", stream: false }],
  ["POST", "/v1/messages", '{"model":"c","stream":"yes"}', { dialect: "anthropic", stream: false }],
  [
    "POST",
    "/v1beta/models/gemini-pro:streamGenerateContent?alt=sse",
    "{}",
    { dialect: "gemini", model: "gemini-pro", stream: true, streamFraming: "sse" },
  ],
  ["GET", "/v1/models", "", undefined],
  ["GET", chatPath, chat, undefined],
  ["POST", "/other", chat, undefined],
  ["POST", `//v1${chatPath}`, chat, undefined],
])("%s %s with %s is known as %j", (method, path, body, facts) => {
  const endpoint = knownEndpoint(method, path);
  const known = endpoint && knownCall(envelope, endpoint, body);
  expect(known).toEqual(facts === undefined ? undefined : expect.objectContaining(facts));
  expect(known?.identity).toBe(facts === undefined ? undefined : envelope.identity);
});

test.each([
  ["no json", "The request body must be a JSON object."],
  ["[]", "The request body must be a JSON object."],
  ["", "The request body must be a JSON object."],
  ['{"model":""}', "The field model must be a string of 1 to 256 characters."],
  ['{"model":5}', "The field model must be a string of 1 to 256 characters."],
  [`{"model":"${"m".repeat(257)}"}`, "The field model must be a string of 1 to 256 characters."],
])("a call of a model that can't be booked is refused: %s", (body, message) => {
  expect(() => plan({ path: chatPath, body })).toThrow(
    expect.objectContaining({ code: "invalid_request", message }),
  );
});

test("what a client says of its body does not keep a call from being known", () => {
  for (const type of ["application/octet-stream", "multipart/form-data; boundary=b"]) {
    expect(plan({ path: chatPath, body: chat, headers: { "content-type": type } }).known?.model).toBe(
      "gpt-4",
    );
  }
  const compressed = { path: chatPath, body: chat, headers: { "content-encoding": "gzip" } };
  expect(() => plan(compressed)).toThrow(expect.objectContaining({ code: "unsupported_media_type" }));
});

test("a body that is to be converted must be in UTF-8, and is sent converted", () => {
  const request = { body: { convert: "json-to-xml" } as const };
  const headers = { "content-type": "application/json" };
  expect(plan({ headers, request, body: '{"a":"x"}' }).request).toMatchObject({
    body: '<?xml version="1.0" encoding="UTF-8"?><a>x</a>',
    headers: { "content-type": "application/xml; charset=utf-8" },
  });
  const body = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]);
  expect(() => plan({ headers, request, body })).toThrow(
    "The request does not fit the route t/0: its body is not in UTF-8.",
  );
});
