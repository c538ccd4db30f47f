import { expect, test } from "vitest";
import { withoutTokens } from "./without-tokens.ts";

const issuer = "https://issuer.example";
const tokenOf = (iss: string): string =>
  ["{}", JSON.stringify({ iss }), "signature"]
    .map((part) => Buffer.from(part).toString("base64url"))
    .join(".");
const own = tokenOf(issuer);
const foreign = tokenOf("https://other.example");
const policy = {
  places: [{ header: "x-token" }],
  issuers: [{ issuer }],
} as unknown as Parameters<typeof withoutTokens>[1];

const request = (headers: Record<string, string>, path = "/a?b=%20c") => ({ method: "GET", path, headers });

test("the credential goes no further, wherever it stands", () => {
  const opaque = "an-opaque-token-of-length";
  const headers = {
    authorization: `Bearer ${opaque}`,
    cookie: `a=b; token=${opaque}`,
    "x-token": "anything",
    "x-other": foreign,
    accept: "*/*",
  };
  expect(
    withoutTokens(request(headers, `/a?x=1&t=${opaque}`), policy, { text: opaque, goesOn: false }),
  ).toEqual(request({ "x-other": foreign, accept: "*/*" }, "/a?x=1"));
});

test("every token of an issuer of the policy is held back, also one that nobody was let in by", () => {
  const headers = { "x-api-key": own, authorization: `Bearer ${foreign}`, "user-agent": "a.b.c/1.2.3" };
  expect(withoutTokens(request(headers, `/a?key=${own}`), policy, undefined)).toEqual(
    request({ authorization: `Bearer ${foreign}`, "user-agent": "a.b.c/1.2.3" }, "/a"),
  );
});

test("a token that goes on stays as it came, and everything else of the policy does not", () => {
  const headers = { authorization: `Bearer ${own}`, "x-token": "other" };
  expect(withoutTokens(request(headers), policy, { text: own, goesOn: true })).toEqual(
    request({ authorization: `Bearer ${own}` }),
  );
});

test("a short credential is held back where it stands alone, and is no part of other texts", () => {
  const headers = { authorization: "Bearer a", accept: "a/a", "x-a": "a" };
  expect(withoutTokens(request(headers), policy, { text: "a", goesOn: false }).headers).toEqual({
    accept: "a/a",
  });
});

test("a path without a token stays as it is written", () => {
  expect(withoutTokens(request({}, "/%7Ea?q=a+b%2F"), policy, undefined).path).toBe("/%7Ea?q=a+b%2F");
});
