import { expect, test } from "vitest";
import { type ChoosingFacts, chooseModel } from "./choose-model.ts";
import type { ModelChooser } from "./model-choice.ts";
import { PromptFacts } from "./prompt-facts.ts";

const noOne = {
  key: "key_1",
  user: "",
  team: "",
  application: "",
  department: "",
  consumer: "",
  tags: [],
};
const noRequest = {
  method: "",
  path: "",
  host: "",
  source: "",
  route: "",
  operation: "chat",
  model: "auto",
  headers: {},
};

function facts(
  text: string,
  others: Partial<Pick<ChoosingFacts, "identity" | "request">> = {},
): ChoosingFacts {
  const body = JSON.stringify({ messages: [{ role: "user", content: text }] });
  return { prompt: new PromptFacts("openai", body), identity: noOne, request: noRequest, ...others };
}

/** A model for each condition, by its number, and `rest` where none holds. */
function chooser(...conditions: string[]): ModelChooser {
  return {
    choices: [...conditions.map((when, number) => ({ when, model: `m${number}` })), { model: "rest" }],
  };
}

async function choose(conditions: string[], known: ChoosingFacts, intent = "unknown") {
  let asked = 0;
  const { chosen, unjudged } = await chooseModel(chooser(...conditions), known, () => {
    asked++;
    return Promise.resolve(intent);
  });
  return { model: chosen?.model, asked, unjudged };
}

test.each([
  ["the first that holds", ["prompt.tokens > 1", "prompt.tokens > 0"], "m0"],
  ["the second", ["prompt.images > 0", "prompt.messages == 1"], "m1"],
  ["none", ["prompt.code", "prompt.text.matches('^x')"], "rest"],
  ["a text", ["prompt.text.contains('refund') && prompt.language == 'en'"], "m0"],
])("%s is taken", async (_what, conditions, model) => {
  expect(await choose(conditions, facts("I want a refund for the book that I bought."))).toEqual({
    model,
    asked: 0,
    unjudged: [],
  });
});

test("who asks and the headers decide as in the rules of an AuthPolicy", async () => {
  const conditions = [
    "identity.team == 'research' || request.headers['x-tier'] == 'gold'",
    "'batch' in identity.tags",
  ];
  const gold = { request: { ...noRequest, headers: { "x-tier": "gold" } } };
  expect(await choose(conditions, facts("", gold))).toMatchObject({ model: "m0", unjudged: [] });
  const research = { identity: { ...noOne, team: "research" } };
  expect(await choose(conditions, facts("", research))).toMatchObject({ model: "m0", unjudged: [] });
  const batch = { identity: { ...noOne, tags: ["batch"] } };
  expect(await choose(conditions, facts("", batch))).toMatchObject({
    model: "m1",
    unjudged: [{ number: 0, reason: "no_such_key" }],
  });
});

test.each([
  ["once, where conditions need it", ["prompt.intent == 'a'", "prompt.intent == 'b'"], "m1", 1],
  ["not where a condition before holds", ["prompt.messages == 1", "prompt.intent == 'b'"], "m0", 0],
  ["not where the rest of the condition decides", ["prompt.intent == 'b' && prompt.images > 0"], "rest", 0],
  ["not where the other side holds", ["prompt.intent == 'x' || prompt.messages == 1"], "m0", 0],
  ["in the rest of a condition", ["prompt.intent == 'b' && prompt.images == 0"], "m0", 1],
])("the intent is asked for %s", async (_when, conditions, model, asked) => {
  expect(await choose(conditions, facts("Hi"), "b")).toMatchObject({ model, asked });
});

test("without a default nothing may be chosen", async () => {
  const choices = [{ when: "prompt.images > 0", model: "vision" }];
  const { chosen } = await chooseModel({ choices }, facts("Hi"), () => Promise.resolve("unknown"));
  expect(chosen).toBeUndefined();
});
