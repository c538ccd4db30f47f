import { afterEach, describe, expect, it } from "vitest";
import { chatRequest } from "./testing/chat-requests.ts";
import { type RouterBench, startRouterBench } from "./testing/router-bench.ts";

const configuration = `
backends: { openai: { provider: openai, baseUrl: $SIMULATOR/v1 } }
models: [{ name: gpt-*, backend: openai }]
`;

let bench: RouterBench;
afterEach(() => bench.stop());

describe("a bus that is lost while the provider answers", () => {
  it.each([
    ["reports no usage", "[[sim stall-after=5 usage=none]]"],
    ["would have reported it at its end", "[[sim stall-after=5]]"],
  ])("ends the call, whose settlement is there when it is back: a provider that %s", async (_name, text) => {
    bench = await startRouterBench({ configuration });
    await bench.startRouter();
    const { facts, body } = chatRequest("openai", `Well? ${text}`, true);
    const sent = bench.send(facts, body);
    await expect.poll(() => sent.received().match(/"content":"[^"]+"/g)).toHaveLength(5);
    const known = () => bench.eventsOf(sent.requestId).map(({ type }) => type);
    await expect.poll(known).toEqual(["dispatched"]);
    await bench.testBus.stopServer();
    await expect.poll(() => bench.control("GET /control/state")).toMatchObject({ abortedCalls: 1 });
    expect((await sent.answer).error).toMatchObject({ code: "holder_lost" });
    expect(known()).toEqual(["dispatched"]);
    await bench.testBus.restartServer();
    expect(await bench.settled(sent.requestId)).toMatchObject({
      outcome: "cancelled",
      usageSource: "estimated",
      usage: { outputTokens: 5 },
    });
  });

  it("leaves a router behind that serves the next request", async () => {
    bench = await startRouterBench({ configuration });
    await bench.startRouter();
    await bench.testBus.restartServer();
    const { facts, body } = chatRequest("openai", "Hi");
    const answer = async () => (await bench.send(facts, body).answer).head?.status;
    await expect.poll(answer, { timeout: 15_000 }).toBe(200);
  });
});
