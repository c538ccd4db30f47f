import type { ConsumerContent } from "@sluice/resources/access-policy";
import { expect, test } from "vitest";
import { consumerOf } from "./consumer-directory.ts";

const consumer = (content: Partial<ConsumerContent>): ConsumerContent => ({
  tags: [],
  virtualKeys: [],
  secrets: [],
  tokens: [],
  limits: [],
  ...content,
});
const snapshot = {
  consumers: {
    ada: consumer({ user: "ada", tokens: [{ issuer: "https://i", subject: "1", claims: {} }] }),
    batch: consumer({ secrets: ["far/batch"], virtualKeys: ["key_1"] }),
    research: consumer({
      team: "research",
      tags: ["r"],
      models: ["gpt-*"],
      tokens: [{ claims: { groups: ["research"] } }],
    }),
    staff: consumer({ tokens: [{ claims: { groups: ["staff", "research"] } }] }),
  },
};
const identity = { keyId: "k", user: "someone", team: "none", tags: ["t"] };
const nameOf = (letIn: Partial<Parameters<typeof consumerOf>[1]>) =>
  consumerOf(snapshot, { identity, ...letIn })?.name;

test.each([
  [{ secret: "far/batch" }, "batch"],
  [{ secret: "batch" }, undefined],
  [{ identity: { ...identity, keyId: "key_1" } }, "batch"],
  [{ identity: { ...identity, keyId: "key_2" } }, undefined],
  [{ madeFor: "staff" }, "staff"],
  [{ claims: { iss: "https://i", sub: "1", groups: ["research"] } }, "ada"],
  [{ claims: { iss: "https://other", sub: "1", groups: ["research"] } }, "research"],
  [{ claims: { groups: ["staff"] } }, "staff"],
  [{ claims: { groups: [] } }, undefined],
  // A token never is who a key is.
  [{ claims: {}, identity: { ...identity, keyId: "key_1" } }, undefined],
])("who was let in by %j is %s", (letIn, name) => {
  expect(nameOf(letIn)).toBe(name);
});

test("a virtual key of a consumer that is not there opens nothing", () => {
  expect(() => nameOf({ madeFor: "gone" })).toThrow(expect.objectContaining({ code: "service_unavailable" }));
});

test("what a consumer says stands in place of what its token says, and its tags beside", () => {
  const found = consumerOf(snapshot, { identity, claims: { groups: ["research"] } });
  expect(found?.identify(identity)).toEqual({
    keyId: "k",
    user: "someone",
    team: "research",
    tags: ["t", "r"],
  });
  expect(found?.reach?.mayUse("gpt-5")).toBe(true);
  expect(found?.reach?.mayUse("claude-x")).toBe(false);
});
