import { expect, test } from "vitest";
import { identityOfToken } from "./token-identity.ts";

const mapping = { user: "email", team: "groups", tags: "groups" };
const issuer = "https://issuer.example";

test("a token is booked under the claims that the policy names", () => {
  const claims = { sub: "1", email: "ada@example.com", groups: ["search", "search"], org: { dept: 7 } };
  expect(identityOfToken(issuer, claims, { ...mapping, department: "org.dept" }, "t")).toEqual({
    keyId: "token:https://issuer.example#1",
    user: "ada@example.com",
    department: "7",
    tags: ["search"],
  });
});

test("of a list with one text that is the fact, of a longer one none is", () => {
  expect(identityOfToken(issuer, { sub: "1", groups: ["search"] }, mapping, "t").team).toBe("search");
  expect(identityOfToken(issuer, { sub: "1", groups: ["a", "b"] }, mapping, "t").team).toBeUndefined();
  expect(
    identityOfToken(issuer, { sub: "1", groups: ["a", "b"] }, { ...mapping, team: "groups.0" }, "t").team,
  ).toBe("a");
});

test("who has no subject is its client, else a token by itself", () => {
  const keyIdOf = (claims: object, token = "t") => identityOfToken("p", { ...claims }, mapping, token).keyId;
  expect(keyIdOf({ client_id: "app" })).toBe("token:p#app");
  expect(keyIdOf({ username: "ada" })).toBe("token:p#ada");
  expect(keyIdOf({}, "one")).toBe(keyIdOf({}, "one"));
  expect(keyIdOf({}, "one")).not.toBe(keyIdOf({}, "two"));
  expect(keyIdOf({}, "one")).not.toContain("one");
});

test("what is too long is cut, and a long subject stays one of its own", () => {
  const long = "x".repeat(300);
  const groups = Array.from({ length: 60 }, (_, index) => `${long}`.replace(/^x/, String(index)));
  const identity = identityOfToken(issuer, { sub: `${long}a`, email: long, groups }, mapping, "t");
  expect(identity.user).toHaveLength(200);
  expect(identity.tags).toHaveLength(50);
  expect(identity.keyId.length).toBeLessThan(60);
  expect(identity.keyId).not.toBe(identityOfToken(issuer, { sub: `${long}b` }, mapping, "t").keyId);
});
