import { expect, test } from "vitest";
import { longestText, type PromptFact, PromptFacts, promptShape } from "./prompt-facts.ts";

function factsOf(...messages: object[]): PromptFacts {
  return new PromptFacts("openai", JSON.stringify({ messages }));
}

const user = (content: string) => ({ role: "user", content });

test("each fact has the type that conditions are checked with", async () => {
  const all = Object.keys(promptShape) as PromptFact[];
  const facts = await factsOf(
    { role: "system", content: "Be kind." },
    user("Hi"),
    user("What is this about?"),
  ).take(all);
  expect(facts).toEqual({
    text: "What is this about?",
    conversation: "Hi\nWhat is this about?",
    system: "Be kind.",
    tokens: 33n,
    messages: 2n,
    images: 0n,
    audio: 0n,
    files: 0n,
    tools: 0n,
    code: false,
    json: false,
    reasoning: false,
    language: "en",
  });
});

test.each([
  ["Please help me write a short letter to my landlord about the heating.", "en"],
  ["Bitte hilf mir, einen kurzen Brief an meinen Vermieter zu schreiben.", "de"],
  ["Peux-tu m'aider à écrire une lettre à mon propriétaire ?", "fr"],
  ["¿Puedes ayudarme a escribir una carta a mi casero?", "es"],
  ["Помоги мне написать письмо арендодателю", "ru"],
  ["请帮我给房东写一封信", "zh"],
  ["大家さんに手紙を書くのを手伝ってください", "ja"],
  ["Warum geht das nicht?\n```js\nconst answer = await fetch(address);\n```", "de"],
  ["12345 + 55", ""],
  ["", ""],
])("the language of %j is %j", async (text, language) => {
  expect(await factsOf(user(text)).take(["language"])).toEqual({ language });
});

test("of a long text the beginning and the end are seen", async () => {
  const { text } = await factsOf(user(`begin${"x".repeat(longestText)}end`)).take(["text"]);
  expect(text).toHaveLength(longestText + 1);
  expect(text).toMatch(/^beginx+\nx+end$/);
});

test("an image in base64 is not taken for text", async () => {
  const url = `data:image/png;base64,${"A".repeat(400_000)}`;
  const facts = factsOf({ role: "user", content: [{ type: "image_url", image_url: { url } }] });
  const { tokens } = await facts.take(["tokens"]);
  expect(tokens).toBeLessThan(2_000n);
});

test("what is no JSON has no text", async () => {
  const facts = await new PromptFacts("openai", "{").take(["text", "images", "language"]);
  expect(facts).toEqual({ text: "", images: 0n, language: "" });
});
