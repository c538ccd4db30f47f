import { describe, expect, it } from "vitest";
import { estimateInputTokens } from "./estimate-input-tokens.ts";

const estimate = (text: string) => estimateInputTokens(Buffer.byteLength(text), text);

describe("the estimate of input tokens", () => {
  it("is four bytes a token where nothing but the size is known", () => {
    expect(estimateInputTokens(4000)).toBe(1000);
    expect(estimateInputTokens(1)).toBe(1);
  });

  it("goes by the script", () => {
    expect(estimate("word ".repeat(800))).toBe(1000);
    expect(estimate("漢字".repeat(500))).toBe(1000);
    expect(estimate("слово".repeat(400))).toBe(1000);
  });

  it("takes what is beyond the sample to be like it", () => {
    expect(estimateInputTokens(40_000, "word ".repeat(80))).toBe(10_000);
  });

  it("does not take an image for text", () => {
    const image = `{"url":"data:image/png;base64,${"iVBORw0KGgo".repeat(100_000)}"}`;
    expect(estimate(image)).toBeLessThan(2000);
    expect(estimateInputTokens(5_000_000, image)).toBeLessThan(2000);
  });
});
