import { expect, test } from "vitest";
import { connectionFor, parseHostOverrides } from "./host-overrides.ts";

test.each([
  ["", []],
  [" , ", []],
  ["api.openai.com=http://127.0.0.1:9000", [["api.openai.com", "http://127.0.0.1:9000"]]],
  [
    "API.openai.com = http://127.0.0.1:9000/ , b.example=https://c.example/path",
    [
      ["api.openai.com", "http://127.0.0.1:9000"],
      ["b.example", "https://c.example"],
    ],
  ],
])("%j says %j", (text, overrides) => {
  expect([...(parseHostOverrides(text) ?? ["refused"])]).toEqual(overrides);
});

test.each(["api.openai.com", "=http://a", "a=b", "a=ftp://b", "a=http://b,c"])("%j is refused", (text) => {
  expect(parseHostOverrides(text)).toBeUndefined();
});

test("a host is reached elsewhere and keeps its name, with a port that is not the usual one", () => {
  const overrides = new Map([["api.openai.com", "http://127.0.0.1:9000"]]);
  expect(connectionFor(overrides, "https://api.openai.com")).toEqual({
    origin: "http://127.0.0.1:9000",
    host: "api.openai.com",
  });
  expect(connectionFor(overrides, "https://api.openai.com:8443")).toEqual({
    origin: "http://127.0.0.1:9000",
    host: "api.openai.com:8443",
  });
  expect(connectionFor(overrides, "https://other.example")).toEqual({
    origin: "https://other.example",
    host: "other.example",
  });
});
