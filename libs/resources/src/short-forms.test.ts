import { expect, test } from "vitest";
import { writeOutShortForms } from "./short-forms.ts";

const openai = { provider: "openai" };
const house = { provider: "openai", baseUrl: "https://llm.example/v1" };

test.each<[title: string, written: object, meant: object]>([
  [
    "a model by its name is of the provider whose models are named so",
    { models: ["gpt-4o-mini", "claude-*", "gemini-2.5-pro", "o3", "text-embedding-3-small"] },
    {
      backends: {
        openai,
        anthropic: { provider: "anthropic" },
        gemini: { provider: "gemini" },
      },
      models: [
        { name: "gpt-4o-mini", backend: "openai" },
        { name: "claude-*", backend: "anthropic" },
        { name: "gemini-2.5-pro", backend: "gemini" },
        { name: "o3", backend: "openai" },
        { name: "text-embedding-3-small", backend: "openai" },
      ],
    },
  ],
  [
    "what stands before a slash is the backend, where there is such a backend",
    { models: ["openai/my-*", "house/llama/70b", "meta/llama"], backends: { house } },
    {
      backends: { house, openai },
      models: [
        { name: "my-*", backend: "openai" },
        { name: "llama/70b", backend: "house" },
        { name: "meta/llama", backend: "house" },
      ],
    },
  ],
  [
    "the only backend that is named serves what names none",
    { backends: { house }, models: ["claude-x", { name: "gpt-4o" }] },
    {
      backends: { house },
      models: [
        { name: "claude-x", backend: "house" },
        { name: "gpt-4o", backend: "house" },
      ],
    },
  ],
  [
    "of several backends the one of the provider",
    { backends: { house, claude: { provider: "anthropic" } }, models: ["claude-x", "gpt-x", "gemini-x"] },
    {
      backends: { house, claude: { provider: "anthropic" }, gemini: { provider: "gemini" } },
      models: [
        { name: "claude-x", backend: "claude" },
        { name: "gpt-x", backend: "house" },
        { name: "gemini-x", backend: "gemini" },
      ],
    },
  ],
  [
    "two backends of the provider leave it open",
    { backends: { house, openai }, models: ["gpt-x", "openai/gpt-y"] },
    { backends: { house, openai }, models: [{ name: "gpt-x" }, { name: "gpt-y", backend: "openai" }] },
  ],
  [
    "what names its backend stays as it is",
    { backends: { house }, models: [{ name: "m", backend: "hose" }], gateway: {} },
    { backends: { house }, models: [{ name: "m", backend: "hose" }], gateway: {} },
  ],
  [
    "a price may name a provider too",
    { models: ["openai/m"], prices: [{ backend: "anthropic", model: "m" }] },
    {
      backends: { openai, anthropic: { provider: "anthropic" } },
      models: [{ name: "m", backend: "openai" }],
      prices: [{ backend: "anthropic", model: "m" }],
    },
  ],
  ["what has another shape is left to the schema", { models: 5, backends: [] }, { models: 5, backends: [] }],
])("%s", (_title, written, meant) => {
  expect(writeOutShortForms(written)).toEqual(meant);
});

test.each([null, "text", 5, undefined])("%j is left as it is", (value) => {
  expect(writeOutShortForms(value)).toBe(value);
});
