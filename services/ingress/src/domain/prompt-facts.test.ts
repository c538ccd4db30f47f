import type { PromptTemplate } from "@sluice/resources/prompt-template";
import { describe, expect, test } from "vitest";
import { type PromptRules, readPromptChoice } from "./prompt-facts.ts";

function template(sticky: PromptTemplate["sticky"]): PromptTemplate {
  return { variables: {}, versions: {}, labels: {}, sticky, sessionHeader: "x-chat" };
}

const rules: PromptRules = {
  routePrompt: undefined,
  templates: { free: template("none"), user: template("user"), session: template("session") },
  headers: { "x-chat": "chat-1" },
};
const ofRoute: PromptRules = { ...rules, routePrompt: { template: "free", label: "canary" } };

describe("the prompt of a request", () => {
  test.each([
    ["no prompt", {}, undefined],
    ["a prompt of another kind", { prompt: "Once upon a time" }, undefined],
    ["null", { prompt: null }, undefined],
    ["a list", { prompt: ["a"] }, undefined],
    ["a name", { prompt: { id: "free" } }, { template: "free" }],
    [
      "a label",
      { prompt: { id: "free", label: "canary", version: null } },
      { template: "free", label: "canary" },
    ],
    ["a version", { prompt: { id: "free", version: "2" } }, { template: "free", version: "2" }],
    ["a version as a number", { prompt: { id: "free", version: 2 } }, { template: "free", version: "2" }],
    ["a template that there is not", { prompt: { id: "constructor" } }, { template: "constructor" }],
  ])("%s", (_what, body, expected) => {
    expect(readPromptChoice(body, rules)).toEqual(expected);
  });

  test.each([
    ["user", { prompt: { id: "user" }, user: "ada" }, "ada"],
    ["the newer name first", { prompt: { id: "user" }, user: "ada", safety_identifier: "hash" }, "hash"],
    ["Anthropic's name", { prompt: { id: "user" }, metadata: { user_id: "ada" } }, "ada"],
    ["no user", { prompt: { id: "user" }, metadata: null, user: "" }, undefined],
    ["a user of the wrong kind", { prompt: { id: "user" }, user: 7 }, undefined],
    ["session", { prompt: { id: "session" }, user: "ada" }, "chat-1"],
    ["none", { prompt: { id: "free" }, user: "ada" }, undefined],
  ])("stays with a version by %s", (_what, body, expected) => {
    expect(readPromptChoice(body, rules)?.stickyTo).toBe(expected);
  });

  test("is that of the route, with variables of the client's", () => {
    const expected = { template: "free", label: "canary" };
    expect(readPromptChoice({}, ofRoute)).toEqual(expected);
    expect(readPromptChoice({ prompt: { variables: { a: 1 } } }, ofRoute)).toEqual(expected);
  });

  test.each([
    [{ prompt: {} }, rules, "The field prompt.id is missing.", "prompt.id"],
    [{ prompt: { id: 5 } }, rules, "The field prompt.id must be a text of 1 to 256 characters.", "prompt.id"],
    [
      { prompt: { id: "free", variables: [] } },
      rules,
      "The field prompt.variables must be an object.",
      "prompt.variables",
    ],
    [
      { prompt: { id: "free", version: -1 } },
      rules,
      "The field prompt.version must be a text or a whole number.",
      "prompt.version",
    ],
    [
      { prompt: { id: "free", lable: "x" } },
      rules,
      "There is no field prompt.lable. Did you mean label?",
      "prompt.lable",
    ],
    [
      { prompt: { id: "free", label: "a", version: "1" } },
      rules,
      "Either prompt.label or prompt.version can be given, not both.",
      "prompt.version",
    ],
    [{ prompt: "Hi" }, ofRoute, "The field prompt must be an object with id and variables.", "prompt"],
    [
      { prompt: { id: "free" } },
      ofRoute,
      "This route has a prompt template of its own, so prompt.id can't be chosen; send prompt.variables only.",
      "prompt.id",
    ],
    [
      { prompt: { label: "x" } },
      ofRoute,
      "This route has a prompt template of its own, so prompt.label can't be chosen; send prompt.variables only.",
      "prompt.label",
    ],
  ])("%j is refused", (body, of, message, parameter) => {
    expect(() => readPromptChoice(body, of)).toThrow(
      expect.objectContaining({ code: "invalid_request", message, parameter }),
    );
  });
});
