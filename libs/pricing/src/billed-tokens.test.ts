import { noUsage } from "@sluice/contracts/usage";
import fc from "fast-check";
import { expect, test } from "vitest";
import { splitTokens } from "./billed-tokens.ts";
import { usageArbitrary } from "./testing/usage-arbitrary.ts";

test("parts of the totals are taken out of them", () => {
  const usage = {
    inputTokens: 1000,
    outputTokens: 500,
    cachedInputTokens: 600,
    cacheWriteInputTokens: 100,
    cacheWriteOneHourInputTokens: 40,
    reasoningTokens: 300,
    inputAudioTokens: 50,
    outputAudioTokens: 20,
  };
  expect(splitTokens(usage, "chat")).toEqual({
    input: 250,
    cachedInput: 600,
    cacheWriteInput: 60,
    cacheWriteOneHourInput: 40,
    inputAudio: 50,
    cachedInputAudio: 0,
    output: 180,
    reasoning: 300,
    outputAudio: 20,
  });
});

test("audio and cached input overlap no more than they must", () => {
  const usage = { ...noUsage, inputTokens: 100, cachedInputTokens: 80, inputAudioTokens: 50 };
  expect(splitTokens(usage, "chat")).toMatchObject({
    input: 0,
    cachedInput: 50,
    cachedInputAudio: 30,
    inputAudio: 20,
  });
});

test("embeddings have no output", () => {
  const tokens = splitTokens(
    { ...noUsage, inputTokens: 8, outputTokens: 8, reasoningTokens: 1 },
    "embeddings",
  );
  expect([tokens.input, tokens.output, tokens.reasoning]).toEqual([8, 0, 0]);
});

test("every token is in exactly one kind, even where the parts contradict the totals", () => {
  fc.assert(
    fc.property(usageArbitrary, (usage) => {
      const tokens = splitTokens(usage, "chat");
      for (const count of Object.values(tokens)) expect(count).toBeGreaterThanOrEqual(0);
      const { output, reasoning, outputAudio, ...input } = tokens;
      expect(Object.values(input).reduce((sum, count) => sum + count, 0)).toBe(usage.inputTokens);
      expect(output + reasoning + outputAudio).toBe(usage.outputTokens);
    }),
  );
});
