import { expect, test } from "vitest";
import { promptShape } from "./prompt-shape.ts";

const image = { type: "image_url", image_url: { url: "https://pictures.example/1.png" } };

test.each([
  [
    "openai",
    {
      messages: [
        { role: "system", content: "Be kind." },
        { role: "user", content: [{ type: "text", text: "Look" }, image, image] },
      ],
      tools: [{ type: "function" }, { type: "function" }],
    },
    { messages: 2, tools: 2, images: 2 },
  ],
  [
    "anthropic",
    {
      system: "Be kind.",
      messages: [{ role: "user", content: [{ type: "image", source: {} }] }],
      tools: [{}],
    },
    { messages: 1, tools: 1, images: 1 },
  ],
  [
    "gemini",
    {
      contents: [
        { parts: [{ text: "Look" }, { inlineData: { mimeType: "image/png", data: "" } }] },
        { parts: [{ file_data: { mime_type: "application/pdf", file_uri: "" } }] },
      ],
      tools: [{ functionDeclarations: [{}, {}] }, { googleSearch: {} }],
    },
    { messages: 2, tools: 3, images: 1 },
  ],
  ["openai", { messages: "none", tools: {} }, { messages: 0, tools: 0, images: 0 }],
  ["anthropic", ["no", "object"], { messages: 0, tools: 0, images: 0 }],
] as const)("counts messages, tools and images of %s: %j", (dialect, json, shape) => {
  expect(promptShape(dialect, json)).toEqual(shape);
});
