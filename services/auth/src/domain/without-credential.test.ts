import { expect, test } from "vitest";
import { withoutCredential } from "./without-credential.ts";

const key = "sk-sluice-abc";

function without(headers: Record<string, string>, path = "/v1/x") {
  return withoutCredential({ method: "POST", path, headers }, key);
}

test.each(["authorization", "x-api-key", "x-goog-api-key"])("the key is taken out of %s", (name) => {
  expect(without({ [name]: `Bearer ${key}`, accept: "*/*" }).headers).toEqual({ accept: "*/*" });
  expect(without({ [name]: key }).headers).toEqual({});
});

test("another key of the client's goes on to the destination", () => {
  const headers = { authorization: `Bearer ${key}`, "x-api-key": "sk-of-the-provider" };
  expect(without(headers).headers).toEqual({ "x-api-key": "sk-of-the-provider" });
});

test.each([
  [`/v1/x?key=${key}`, "/v1/x"],
  [`/v1/x?alt=sse&key=${key}&b=1`, "/v1/x?alt=sse&b=1"],
  ["/v1/x?key=of-the-provider", "/v1/x?key=of-the-provider"],
  ["/v1/x?a=%20b+c&key", "/v1/x?a=%20b+c&key"],
  [`/v1/${key}`, `/v1/${key}`],
  ["/v1/x", "/v1/x"],
])("the path %s goes on as %s", (path, onward) => {
  expect(without({}, path)).toEqual({ method: "POST", path: onward, headers: {} });
});

test("the request itself is left as it was", () => {
  const request = { method: "GET", path: `/x?key=${key}`, headers: { authorization: key } };
  withoutCredential(request, key);
  expect(request).toEqual({ method: "GET", path: `/x?key=${key}`, headers: { authorization: key } });
});
