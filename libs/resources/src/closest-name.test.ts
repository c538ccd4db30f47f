import { expect, test } from "vitest";
import { closestName } from "./closest-name.ts";

const names = ["openai", "anthropic", "gemini", "gpt-5", "gpt-5-mini"];

test.each([
  ["opneai", "openai"],
  ["OpenAI", "openai"],
  ["antropic", "anthropic"],
  ["gemni", "gemini"],
  ["gpt5", "gpt-5"],
  ["gpt-5-mnii", "gpt-5-mini"],
])("%s most likely means %s", (name, meant) => {
  expect(closestName(name, names)).toBe(meant);
});

test.each(["bedrock", "x", "", "openrouter-something"])("%j is near to none", (name) => {
  expect(closestName(name, names)).toBeUndefined();
});

test("of two candidates the nearer one is taken, of two equally near the first", () => {
  expect(closestName("gpt-5-min", names)).toBe("gpt-5-mini");
  expect(closestName("modal", ["model", "medal"])).toBe("model");
});
