import { afterEach, describe, expect, it } from "vitest";
import { chatRequest } from "./testing/chat-requests.ts";
import { type RouterBench, startRouterBench } from "./testing/router-bench.ts";

const configuration = `
backends: { openai: { provider: openai, baseUrl: $SIMULATOR/v1 } }
models: [{ name: gpt-*, backend: openai }]
`;

let bench: RouterBench;
afterEach(() => bench.stop());

/** Starts a router with a stream that is under way. */
async function withOpenStream(directive: string) {
  bench = await startRouterBench({ configuration });
  const router = await bench.startRouter();
  const { facts, body } = chatRequest("openai", directive, true);
  const sent = bench.send(facts, body);
  await expect.poll(() => sent.received()).toContain("content");
  return { router, sent };
}

describe("a router that is stopped", () => {
  it("finishes its open streams and what is to be counted, and leaves nothing unrecorded", async () => {
    const { router, sent } = await withOpenStream("[[sim chunks=60 chunk-ms=10 usage=none]]");
    await router.stop(25_000);
    await router.bus.drain();
    const { end, error } = await sent.answer;
    expect([end === undefined, error]).toEqual([false, undefined]);
    const settled = await bench.settled(sent.requestId);
    expect(settled).toMatchObject({ outcome: "completed", usageSource: "estimated" });
    expect(settled.usage.outputTokens).toBe(60);
  });

  it("breaks off a stream that takes too long, tells its client, and settles what it used", async () => {
    const { router, sent } = await withOpenStream("[[sim stall-after=5]]");
    await router.stop(200);
    await router.bus.drain();
    expect((await sent.answer).error).toMatchObject({ code: "holder_lost" });
    expect(await bench.settled(sent.requestId)).toMatchObject({
      outcome: "failed",
      usageSource: "estimated",
      usage: { outputTokens: 5 },
    });
    expect(await bench.control("GET /control/state")).toMatchObject({ openCalls: 0, abortedCalls: 1 });
  });

  it("can be told to hurry while it drains", async () => {
    const { router, sent } = await withOpenStream("[[sim stall-after=5]]");
    const patient = router.stop(600_000);
    await router.stop(0);
    await patient;
    await router.bus.drain();
    expect((await sent.answer).error).toMatchObject({ code: "holder_lost" });
    expect(await bench.settled(sent.requestId)).toMatchObject({ outcome: "failed" });
  });
});
