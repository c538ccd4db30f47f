import { afterEach, describe, expect, it } from "vitest";
import { chatRequest } from "./testing/chat-requests.ts";
import { type RouterBench, startRouterBench } from "./testing/router-bench.ts";

const configuration = `
backends: { openai: { provider: openai, baseUrl: $SIMULATOR/v1 } }
models:
  - { name: once, backend: openai }
  - { name: again, backend: openai, lostCall: repeat }
`;

let bench: RouterBench;
afterEach(() => bench.stop());

/** Sends a request whose first call hangs, and takes its router off the bus for good; another one is there. */
async function loseRouterOf(model: string, stream = false) {
  bench = await startRouterBench({ configuration, timings: { heartbeatMs: 100, silenceMs: 400 } });
  const router = await bench.startRouter();
  await bench.control("POST /control/faults", { times: 1, fault: { hang: true } });
  const { body } = chatRequest("openai", "Hi", stream);
  const sent = bench.send({ model, stream }, { ...body, model });
  await expect.poll(() => bench.control("GET /control/state")).toMatchObject({ openCalls: 1 });
  await bench.startRouter();
  await router.bus.drain();
  return sent;
}

describe("a router that is lost before its reply began", () => {
  it("takes the request with it", async () => {
    const { answer, requestId } = await loseRouterOf("once");
    expect((await answer).error).toMatchObject({ code: "holder_lost", status: 502 });
    expect(bench.dispatched(requestId)).toHaveLength(1);
  });

  it("has its request sent once more where the model allows that, as another entry of the ledger", async () => {
    const { answer, requestId } = await loseRouterOf("again");
    expect(await answer).toMatchObject({ head: { status: 200 }, error: undefined });
    await bench.settled(requestId);
    expect(bench.eventsOf(requestId)).toMatchObject([
      { type: "dispatched", delivery: 1, attempt: 1 },
      { type: "dispatched", delivery: 2, attempt: 1 },
      { type: "settled", delivery: 2, attempt: 1, outcome: "completed" },
    ]);
    const { requests } = (await bench.control("GET /control/requests")) as {
      requests: { headers: Record<string, string> }[];
    };
    expect(requests.map(({ headers }) => headers["x-client-request-id"])).toEqual([
      `${requestId}.1.1`,
      `${requestId}.2.1`,
    ]);
  });

  it("takes a streamed request with it, whatever the model allows", async () => {
    const { answer, requestId } = await loseRouterOf("again", true);
    expect((await answer).error).toMatchObject({ code: "holder_lost" });
    expect(bench.dispatched(requestId)).toHaveLength(1);
  });
});
