import type { SettledEvent } from "@sluice/contracts/usage-event";
import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { publishSnapshot } from "@sluice/resources/publish-snapshot";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chatRequest } from "./testing/chat-requests.ts";
import { type RouterBench, startRouterBench } from "./testing/router-bench.ts";
import {
  chatCompletion,
  generatedContent,
  type ScriptedProvider,
  startScriptedProvider,
} from "./testing/scripted-provider.ts";

let provider: ScriptedProvider;
let bench: RouterBench;

/** @param input US dollars per million tokens of `house` */
function configuration(input: number): string {
  return `
backends:
  openai: { provider: openai, baseUrl: ${provider.url}/v1 }
  gemini: { provider: gemini, baseUrl: ${provider.url} }
  nowhere: { provider: openai, baseUrl: "http://127.0.0.1:9/v1", retries: { attempts: 1 } }
models:
  - { name: gpt-*, backend: openai }
  - { name: house, backend: openai }
  - { name: unheard-of, backend: openai }
  - { name: gemini-*, backend: gemini }
  - { name: unreachable, backend: nowhere, providerModel: gpt-5-mini }
prices:
  - { model: house, usdPerMillionTokens: { input: ${input}, output: 10 } }
`;
}

beforeAll(async () => {
  provider = await startScriptedProvider();
  bench = await startRouterBench({ configuration: configuration(1) });
  await bench.startRouter();
});
afterAll(async () => {
  await bench.stop();
  await provider.stop();
});

interface Asked {
  model: string;
  dialect?: "openai" | "gemini";
  reply?: unknown;
  revision?: number;
}

/** Makes a call. @returns the prices of its two events */
async function pricesOf({ model, dialect = "openai", reply, revision = 1 }: Asked) {
  provider.answerWith(reply ?? chatCompletion(model, 10, 5));
  const { facts, body } = chatRequest(dialect, "Is it?");
  const { answer, requestId } = bench.send({ ...facts, model, revision }, { ...body, model });
  await answer;
  const settled: SettledEvent = await bench.settled(requestId);
  return { dispatched: bench.dispatched(requestId)[0]?.price, settled: settled.price, usage: settled.usage };
}

describe("the price of a call", () => {
  it("stands in what is written ahead, and not again where the reply changes nothing about it", async () => {
    const { dispatched, settled } = await pricesOf({
      model: "gpt-5-mini",
      reply: chatCompletion("gpt-5-mini-2025-08-07", 10, 5),
    });
    expect(dispatched).toEqual({
      source: "price_book",
      provider: "openai",
      model: "gpt-5-mini",
      usdPerMillionTokens: { input: "0.25", cachedInput: "0.025", output: "2" },
    });
    expect(settled).toBeUndefined();
  });

  it("is that of the model that answered, where that is another", async () => {
    const { dispatched, settled } = await pricesOf({
      model: "gpt-5-mini",
      reply: chatCompletion("gpt-5-nano-2025-08-07", 10, 5),
    });
    expect(dispatched?.model).toBe("gpt-5-mini");
    expect(settled).toMatchObject({ model: "gpt-5-nano", usdPerMillionTokens: { input: "0.05" } });
  });

  it("is that of the tier that it turned out to reach", async () => {
    const { dispatched, settled, usage } = await pricesOf({
      model: "gemini-2.5-pro",
      dialect: "gemini",
      reply: generatedContent("gemini-2.5-pro", 200_001, 5),
    });
    expect(usage.inputTokens).toBe(200_001);
    expect(dispatched?.usdPerMillionTokens.input).toBe("1.25");
    expect(settled?.usdPerMillionTokens.input).toBe("2.5");
  });

  it("is missing where nobody knows one, and comes with the settlement where the reply names a model that has", async () => {
    expect(await pricesOf({ model: "unheard-of" })).toMatchObject({
      dispatched: undefined,
      settled: undefined,
    });
    const reply = chatCompletion("gpt-5-nano", 10, 5);
    expect(await pricesOf({ model: "unheard-of", reply })).toMatchObject({
      dispatched: undefined,
      settled: { model: "gpt-5-nano" },
    });
  });

  it("is not said again of a call that used nothing", async () => {
    const { dispatched, settled, usage } = await pricesOf({ model: "unreachable" });
    expect([dispatched?.model, usage.inputTokens, settled]).toEqual(["gpt-5-mini", 0, undefined]);
  });

  it("is that of the configuration that the request began under", async () => {
    const next = compileSnapshot(parseConfiguration(configuration(3), "sluice.yaml"), "/");
    const { revision } = await publishSnapshot(await bench.testBus.connectOperator(), next);
    const [before, after] = [
      await pricesOf({ model: "house" }),
      await pricesOf({ model: "house", revision }),
    ];
    expect(before.dispatched).toMatchObject({ source: "configuration", usdPerMillionTokens: { input: "1" } });
    expect(after.dispatched?.usdPerMillionTokens.input).toBe("3");
    expect([before.settled, after.settled]).toEqual([undefined, undefined]);
  });
});
