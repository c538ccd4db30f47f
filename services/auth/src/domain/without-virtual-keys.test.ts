import { createVirtualKeySecret } from "@sluice/resources/virtual-key";
import { expect, test } from "vitest";
import { withoutVirtualKeys } from "./without-virtual-keys.ts";

const key = createVirtualKeySecret();
const without = (headers: Record<string, string>, path = "/v1/x") =>
  withoutVirtualKeys({ method: "POST", path, headers });

test.each(["authorization", "x-api-key", "x-goog-api-key", "api-key", "cookie"])(
  "a key is taken out of %s",
  (name) => {
    for (const value of [key, `Bearer ${key}`, `a=1; key=${key}; b`]) {
      expect(without({ [name]: value, accept: "*/*" }).headers).toEqual({ accept: "*/*" });
    }
  },
);

test("keys of others go on to the destination", () => {
  const headers = { authorization: `Bearer ${key}`, "x-api-key": "sk-of-the-provider", x: "sk-sluice-short" };
  expect(without(headers).headers).toEqual({ "x-api-key": "sk-of-the-provider", x: "sk-sluice-short" });
});

test.each([
  [`/v1/x?key=${key}`, "/v1/x"],
  [`/v1/x?alt=sse&api_key=${key}&b=1&key=${key}`, "/v1/x?alt=sse&b=1"],
  ["/v1/x?key=of-the-provider", "/v1/x?key=of-the-provider"],
  ["/v1/x?a=%20b+c&key", "/v1/x?a=%20b+c&key"],
  ["/v1/x", "/v1/x"],
])("the path %s goes on as %s", (path, onward) => {
  expect(without({}, path)).toEqual({ method: "POST", path: onward, headers: {} });
});
