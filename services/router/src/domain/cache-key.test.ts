import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { anonymousKeyId, type Identity } from "@sluice/contracts/identity";
import { expect, test } from "vitest";
import { cacheKey, type KeyedTarget, sharersOf } from "./cache-key.ts";

const envelope = {
  dialect: "openai",
  operation: "chat",
  model: "m",
  stream: false,
  streamFraming: "sse",
  headers: {},
  identity: { keyId: "key_a", team: "search", tags: [] },
} as unknown as IdentifiedEnvelope;
const target = {
  route: { name: "t/0" },
  providerModel: "gpt-4",
  backendName: "gpt",
} as unknown as KeyedTarget;
const body = { model: "m", messages: [{ role: "user", content: "hi" }] };
const team = ["team", "search"];

const key = cacheKey(envelope, target, team, body);

test("the same request has the same key, in whatever order its fields are", () => {
  expect(key).toMatch(/^[\w-]{43}$/);
  const turned = { messages: [{ content: "hi", role: "user" }], model: "m" };
  expect(cacheKey(envelope, target, team, turned)).toBe(key);
});

test("what a client says to the cache is no part of the request", () => {
  const headers = { "cache-control": "no-cache", "x-sluice-cache-tags": "faq" };
  expect(cacheKey({ ...envelope, headers }, target, team, body)).toBe(key);
});

test("of several targets all count, in whatever order, and not which is chosen", () => {
  const first = { backendName: "gpt", providerModel: "gpt-4" };
  const second = { backendName: "claude", providerModel: "opus" };
  const keyOf = (chosen: object, targets: object[]): string =>
    cacheKey(envelope, { ...target, ...chosen, pool: { targets } } as unknown as KeyedTarget, team, body);
  const pooled = keyOf(first, [first, second]);
  expect(keyOf(second, [second, first])).toBe(pooled);
  expect(keyOf(first, [first])).toBe(key);
  expect(pooled).not.toBe(key);
});

test.each<[what: string, envelope: Partial<IdentifiedEnvelope>, target: object, body: object]>([
  ["another text", {}, {}, { ...body, messages: [{ role: "user", content: "ho" }] }],
  ["another order of a list", {}, {}, { ...body, messages: [1, { role: "user", content: "hi" }] }],
  ["another dialect", { dialect: "anthropic" }, {}, body],
  ["another operation", { operation: "embeddings" }, {}, body],
  ["another name of the model", { model: "n" }, {}, body],
  ["a stream", { stream: true }, {}, body],
  ["a stream in another framing", { stream: true, streamFraming: "json-array" }, {}, body],
  ["another version", { headers: { "anthropic-version": "2023-06-01" } }, {}, body],
  ["a feature that the client asks for", { headers: { "anthropic-beta": "x" } }, {}, body],
  ["another route", {}, { route: { name: "t/1" } }, body],
  ["no route", {}, { route: undefined }, body],
  ["another model", {}, { providerModel: "gpt-5" }, body],
  ["another backend", {}, { backendName: "other" }, body],
])("%s is another request", (_what, ownEnvelope, ownTarget, ownBody) => {
  const other = cacheKey({ ...envelope, ...ownEnvelope }, { ...target, ...ownTarget }, team, ownBody);
  expect(other).not.toBe(key);
});

test("who shares does, and nobody else", () => {
  expect(cacheKey(envelope, target, ["team", "sales"], body)).not.toBe(key);
  expect(cacheKey(envelope, target, ["key", "search"], body)).not.toBe(key);
});

const anonymous = { keyId: anonymousKeyId };
test.each<[scope: Parameters<typeof sharersOf>[1], who: Partial<Identity>, sharers: string[] | undefined]>([
  ["global", {}, ["global"]],
  ["global", anonymous, ["global"]],
  ["team", { team: "search" }, ["team", "search"]],
  ["team", {}, ["key", "key_a"]],
  ["team", anonymous, ["key", anonymousKeyId]],
  ["user", { user: "ada", team: "search" }, ["user", "ada", "search"]],
  ["user", { user: "ada" }, ["user", "ada"]],
  ["user", { team: "search" }, ["key", "key_a"]],
  ["user", anonymous, undefined],
  ["key", { user: "ada", team: "search" }, ["key", "key_a"]],
  ["key", anonymous, undefined],
])("by %s, %j shares with %j", (scope, who, sharers) => {
  expect(sharersOf({ keyId: "key_a", tags: [], ...who }, scope)).toEqual(sharers);
});
