import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import type { ModelTarget } from "@sluice/resources/find-target";
import { expect, test } from "vitest";
import { cacheKey, mayUseCache } from "./cache-key.ts";

const envelope = {
  dialect: "openai",
  operation: "chat",
  stream: false,
  headers: {},
  identity: { keyId: "key_a", team: "search", tags: [] },
} as unknown as IdentifiedEnvelope;
const target = {
  route: { name: "t/0" },
  providerModel: "gpt-4",
  backendName: "gpt",
} as unknown as ModelTarget;
const body = '{"model":"m","messages":[{"role":"user","content":"hi"}]}';

const key = cacheKey(envelope, target, body);

test("the same request has the same key, in whatever order its fields are", () => {
  expect(key).toMatch(/^[\w-]{43}$/);
  expect(cacheKey(envelope, target, '{ "messages": [{"content":"hi","role":"user"}], "model": "m" }')).toBe(
    key,
  );
});

test("the keys of a team share, whoever of it asks", () => {
  const identity = { keyId: "key_b", team: "search", tags: ["x"] };
  expect(cacheKey({ ...envelope, identity }, target, body)).toBe(key);
});

test.each<[what: string, envelope: Partial<IdentifiedEnvelope>, target: object, body: string]>([
  ["another text", {}, {}, body.replace("hi", "ho")],
  [
    "another order of a list",
    {},
    {},
    body.replace('[{"role":"user","content":"hi"}]', '[1,{"role":"user"}]'),
  ],
  ["another team", { identity: { keyId: "key_a", team: "sales", tags: [] } }, {}, body],
  ["no team", { identity: { keyId: "key_a", tags: [] } }, {}, body],
  ["no team, and a key that is called as one", { identity: { keyId: "search", tags: [] } }, {}, body],
  ["another dialect", { dialect: "anthropic" }, {}, body],
  ["another operation", { operation: "embeddings" }, {}, body],
  ["another version", { headers: { "anthropic-version": "2023-06-01" } }, {}, body],
  ["a feature that the client asks for", { headers: { "anthropic-beta": "x" } }, {}, body],
  ["another route", {}, { route: { name: "t/1" } }, body],
  ["another model", {}, { providerModel: "gpt-5" }, body],
  ["another backend", {}, { backendName: "other" }, body],
])("%s is another request", (_what, ownEnvelope, ownTarget, ownBody) => {
  const other = cacheKey(
    { ...envelope, ...ownEnvelope },
    { ...target, ...ownTarget } as ModelTarget,
    ownBody,
  );
  expect(other).toBeDefined();
  expect(other).not.toBe(key);
});

test.each<[what: string, envelope: Partial<IdentifiedEnvelope>, body: string]>([
  ["a stream", { stream: true }, body],
  ["one with tools", {}, '{"tools":[]}'],
  ["one with functions", {}, '{"functions":[]}'],
  ["one that must not be stored", { headers: { "cache-control": "max-age=0, No-Store" } }, body],
  ["what is no object", {}, "null"],
])("the reply to %s is not given twice", (_what, own, ownBody) => {
  expect(cacheKey({ ...envelope, ...own }, target, ownBody)).toBeUndefined();
});

test("a client that wants a new reply gets one, which is kept in place of the old", () => {
  const anew = { ...envelope, headers: { "cache-control": "No-Cache" } };
  expect(mayUseCache(envelope)).toBe(true);
  expect(mayUseCache(anew)).toBe(false);
  expect(cacheKey(anew, target, body)).toBe(key);
});
