import { expect, test } from "vitest";
import { forwardedRequest, rewrittenPath } from "./forwarded-request.ts";

test("headers about the client's connection stay behind, those that it names among them", () => {
  const headers = {
    host: "gateway.example",
    connection: "keep-alive, X-Hop",
    "keep-alive": "timeout=5",
    "x-hop": "1",
    te: "trailers",
    "transfer-encoding": "chunked",
    "content-length": "2",
    "proxy-authorization": "Basic x",
    upgrade: "h2c",
    expect: "100-continue",
    traceparent: "00-0-0-01",
    tracestate: "a=b",
    authorization: "Bearer of-the-provider",
    "content-type": "application/json",
    "set-cookie": ["a=1", "b=2"],
  };
  expect(forwardedRequest("POST", headers, "/v1/x", "?a=1")).toEqual({
    method: "POST",
    path: "/v1/x?a=1",
    headers: {
      authorization: "Bearer of-the-provider",
      "content-type": "application/json",
      "set-cookie": "a=1, b=2",
    },
  });
});

test.each([
  ["/openai", "/openai", "/v1/chat/completions", "/v1/chat/completions"],
  ["/openai/", "/openai", "/v1/chat/completions", "/v1/chat/completions"],
  ["/openai/v1/models", "/openai", "/", "/v1/models"],
  ["/openai", "/openai", "/", "/"],
  ["/openai/v1/models", "/openai", "/api/", "/api/v1/models"],
  ["/openai/v1/models", "/openai", "/api", "/api/v1/models"],
  ["/openai/v1/", "/openai", "/api", "/api/v1/"],
  ["/openai//v1", "/openai", "/", "/v1"],
  ["/x", "", "/v1", "/v1/x"],
  ["/", "", "/v1", "/v1"],
  ["/whole/path", "/whole/path", "/v1", "/v1"],
  ["/openai/v1/models", "/openai", undefined, "/openai/v1/models"],
])("%s, matched by %j and rewritten to %s, is %s", (path, matched, rewrite, rewritten) => {
  expect(rewrittenPath(path, matched, rewrite)).toBe(rewritten);
});
