import { expect, test } from "vitest";
import { explainRequest } from "./explain-request.ts";
import { readConfiguration } from "./read-configuration.ts";
import { snapshotSchema } from "./snapshot.ts";
import type { VirtualKey } from "./virtual-key.ts";

const yaml = `
models: [gpt-5, gpt-5-mini, claude-sonnet-4-5]
virtualModels:
  - name: smart
    targets: [{ model: gpt-5, weight: 3 }, gpt-5-mini, { model: claude-sonnet-4-5, priority: 1 }]
    sticky: user
prices:
  - { model: gpt-5, usdPerMillionTokens: { input: 2, output: 8 } }
  - { model: "*", usdPerMillionTokens: { input: 1, output: 4 } }
`;

test("a model of several targets is explained with the share and the price of each", () => {
  const content = readConfiguration(yaml, "sluice.yaml", "/").content;
  const snapshot = snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 });
  const request = {
    method: "POST",
    host: "gateway",
    path: "/v1/chat/completions",
    headers: {},
    model: "smart",
    listener: undefined,
  };
  const key: VirtualKey = {
    id: "key_00000000000000000000",
    name: "k",
    tags: [],
    createdAtMs: 0,
    hash: "0".repeat(64),
  };
  expect(explainRequest(snapshot, request, key, 0)).toMatchObject({
    target:
      "openai, model gpt-5 (75 %) or openai, model gpt-5-mini (25 %); where that fails, anthropic, model claude-sonnet-4-5; by user",
    price:
      "openai gpt-5: US dollars per million tokens: input 2, output 8; " +
      "openai gpt-5-mini: US dollars per million tokens: input 1, output 4; " +
      "anthropic claude-sonnet-4-5: US dollars per million tokens: input 1, output 4",
    refusal: undefined,
  });
});
