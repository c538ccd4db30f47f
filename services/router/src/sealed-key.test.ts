import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { publishSnapshot } from "@sluice/resources/publish-snapshot";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import type { Backend, BaseContent } from "@sluice/resources/snapshot";
import { seal } from "@sluice/sealing/seal";
import { createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chatRequest } from "./testing/chat-requests.ts";
import { type RouterBench, startRouterBench } from "./testing/router-bench.ts";

const configuration = `
backends:
  openai: { provider: openai, baseUrl: $SIMULATOR/v1, retries: { attempts: 1 } }
models:
  - { name: gpt-*, backend: openai }
`;
const sealingKey = createSealingKey();
const name = "Secret default/gw-api-key openai-api-key";

let bench: RouterBench;
beforeAll(async () => {
  bench = await startRouterBench({ configuration });
  await bench.startRouter({ SLUICE_SEALING_KEY: sealingKey });
});
afterAll(async () => {
  await bench.stop();
});

/** Publishes the configuration with a sealed key in it, and asks. */
async function askWith(apiKey: string) {
  const yaml = configuration.replaceAll("$SIMULATOR", bench.simulator.url);
  const compiled = compileSnapshot(parseConfiguration(yaml, "sluice.yaml"), "/");
  const reference = { sealed: await seal(publicSealingKey(sealingKey), apiKey, name), name };
  const openai: Backend = { ...(compiled.backends.openai as Backend), apiKey: reference };
  const content: BaseContent = { ...compiled, backends: { openai } };
  const { revision } = await publishSnapshot(await bench.testBus.connectOperator(), content);
  const { facts, body } = chatRequest("openai", "Hi");
  return await bench.send({ ...facts, revision }, body).answer;
}

test("a provider is called with the key that was sealed in the configuration", async () => {
  expect(await askWith("good-key")).toMatchObject({ head: { status: 200 }, error: undefined });
  // The simulator refuses what begins so: it is this key that has reached it, opened.
  expect((await askWith("bad-key")).error).toMatchObject({ code: "provider_credential", status: 502 });
});
