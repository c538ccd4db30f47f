import { expect, test } from "vitest";
import { claimAt, hasClaims, textsOf } from "./claim-at.ts";

const claims = {
  sub: "ada",
  groups: ["a", "b"],
  realm_access: { roles: ["x"] },
  "https://example.com/team": "search",
  resource: { "app.example.com": { roles: ["y"] } },
  "a.b": { c: 1 },
  a: { b: { d: 2 } },
  email_verified: true,
  empty: "",
};

test.each<[path: string, found: unknown]>([
  ["sub", "ada"],
  ["groups.0", "a"],
  ["realm_access.roles", ["x"]],
  ["https://example.com/team", "search"],
  ["resource.app.example.com.roles", ["y"]],
  ["a.b.c", 1],
  ["a.b.d", 2],
  ["sub.length", undefined],
  ["groups.length", 2],
  ["constructor", undefined],
  ["__proto__.polluted", undefined],
  ["none", undefined],
  ["realm_access.none.roles", undefined],
  [".", undefined],
])("at %s stands %j", (path, found) => {
  expect(claimAt(claims, path)).toEqual(found);
});

test("the texts of a claim are those of a list, or the one that it is", () => {
  expect(textsOf(["a", 1, true, null, "", ["nested"], {}])).toEqual(["a", "1", "true"]);
  expect(textsOf("a")).toEqual(["a"]);
  expect(textsOf("")).toEqual([]);
  expect(textsOf(undefined)).toEqual([]);
});

test("claims are there when each has one of the values that are named", () => {
  expect(hasClaims(claims, {})).toBe(true);
  expect(hasClaims(claims, { groups: ["b", "c"], email_verified: ["true"] })).toBe(true);
  expect(hasClaims(claims, { groups: ["b"], sub: ["eve"] })).toBe(false);
  expect(hasClaims(claims, { none: ["b"] })).toBe(false);
});
