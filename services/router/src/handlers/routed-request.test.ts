import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { ballastBytes, provisionBus } from "@sluice/bus/provision";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { chatRequest } from "../testing/chat-requests.ts";
import { keys, type RouterBench, startRouterBench } from "../testing/router-bench.ts";

/** Takes connections and never answers one: what is sent to it waits. */
const silent: Server = createServer(() => {
  // Nothing is read and nothing is said.
});

function configuration(silentPort: number): string {
  return `
gateway: { requestTimeout: 20s }
backends:
  patient: { provider: openai, baseUrl: $SIMULATOR/v1, retries: { attempts: 3, baseDelay: 1ms, maxDelay: 2s } }
  hasty-first: { provider: openai, baseUrl: $SIMULATOR/v1, timeouts: { firstToken: 100ms } }
  hasty-idle: { provider: openai, baseUrl: $SIMULATOR/v1, timeouts: { idle: 100ms } }
  hasty-total: { provider: openai, baseUrl: $SIMULATOR/v1, timeouts: { total: 300ms } }
  hasty-connect:
    provider: openai
    baseUrl: https://127.0.0.1:${silentPort}/v1
    timeouts: { connect: 100ms }
    retries: { attempts: 1 }
  nowhere: { provider: openai, baseUrl: "http://127.0.0.1:9/v1", retries: { attempts: 2, baseDelay: 1ms } }
  keyless: { provider: openai, baseUrl: $SIMULATOR/v1, apiKey: { env: NO_SUCH_KEY } }
  refused: { provider: openai, baseUrl: $SIMULATOR/v1, apiKey: { env: BAD_KEY } }
  claude: { provider: anthropic, baseUrl: $SIMULATOR }
models:
  - { name: patient, backend: patient }
  - { name: hasty-first, backend: hasty-first }
  - { name: hasty-idle, backend: hasty-idle }
  - { name: hasty-total, backend: hasty-total }
  - { name: hasty-connect, backend: hasty-connect }
  - { name: nowhere, backend: nowhere }
  - { name: keyless, backend: keyless }
  - { name: refused, backend: refused }
  - { name: claude, backend: claude, providerModel: claude-sonnet-4-5 }
`;
}

let bench: RouterBench;
beforeAll(async () => {
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const address = silent.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  bench = await startRouterBench({ configuration: configuration(port) });
  await bench.startRouter({ ...keys, BAD_KEY: "bad-key" });
});
afterEach(async () => {
  for (const path of ["/control/faults", "/control/requests", "/bill", "/control/state"])
    await bench.control(`DELETE ${path}`);
});
afterAll(async () => {
  silent.close();
  await bench.stop();
});

function ask(model: string, text = "Hi", stream = false) {
  const { body } = chatRequest("openai", text, stream);
  return bench.send({ model, stream }, { ...body, model });
}

/** Settlements in the order of their attempts, once there are so many. */
async function settlements(requestId: string, attempts: number) {
  const settled = [];
  for (let attempt = 1; attempt <= attempts; attempt++) settled.push(await bench.settled(requestId, attempt));
  return settled;
}

/** A provider that takes no notice of `stream`, and does not come to its end. */
function createPlainProvider() {
  let hungUp = false;
  const server = createHttpServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"choices":');
    response.once("close", () => {
      hungUp = true;
    });
  });
  return {
    hungUp: () => hungUp,
    listen: async () => {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      return `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    },
    close: () => server.close(),
  };
}

const noTokens = { inputTokens: 0, outputTokens: 0 };

describe("a call that fails in a way that passes", () => {
  it.each([
    ["429 with a pause", { status: 429, "retry-after": 0.01 }, 429],
    ["500", { status: 500 }, 500],
    ["503", { status: 503 }, 503],
  ])("is made again after %s, each time as an entry of its own", async (_name, fault, status) => {
    await bench.control("POST /control/faults", { times: 2, fault });
    const { answer, requestId } = ask("patient");
    expect(await answer).toMatchObject({ head: { status: 200 }, error: undefined });
    expect(await settlements(requestId, 3)).toMatchObject([
      { outcome: "failed", providerStatus: status, usage: noTokens, usageSource: "provider" },
      { outcome: "failed", providerStatus: status, usage: noTokens, usageSource: "provider" },
      { outcome: "completed", providerStatus: 200, usageSource: "provider" },
    ]);
    expect(bench.dispatched(requestId).map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    const { requests } = (await bench.control("GET /control/requests")) as {
      requests: { headers: Record<string, string> }[];
    };
    expect(requests.map(({ headers }) => headers["x-client-request-id"])).toEqual(
      [1, 2, 3].map((attempt) => `${requestId}.1.${attempt}`),
    );
  });

  it("is given to the client with the provider's own words when the calls are used up", async () => {
    await bench.control("POST /control/faults", { fault: { status: 500 } });
    const { answer, requestId } = ask("patient");
    const { head, body } = await answer;
    expect(head).toMatchObject({ status: 500, headers: { "x-sluice-backend": "patient" } });
    expect(JSON.parse(body)).toMatchObject({ error: { type: "server_error" } });
    await settlements(requestId, 3);
    expect(await bench.control("GET /control/state")).toMatchObject({ calls: 3 });
  });

  it("is made again when the connection was refused, and nothing is billed", async () => {
    const { answer, requestId } = ask("nowhere");
    expect((await answer).error).toMatchObject({ code: "provider_unreachable", status: 502 });
    expect(await settlements(requestId, 2)).toMatchObject([
      { outcome: "failed", usage: noTokens, usageSource: "provider" },
      { outcome: "failed", usage: noTokens, usageSource: "provider" },
    ]);
  });

  it("is not made again when the provider wants a longer pause than the policy has", async () => {
    await bench.control("POST /control/faults", { fault: { status: 429, "retry-after": 30 } });
    const { head } = await ask("patient").answer;
    expect(head).toMatchObject({ status: 429, headers: { "retry-after": "30" } });
    expect(await bench.control("GET /control/state")).toMatchObject({ calls: 1 });
  });

  it("is not made again once the client has left", async () => {
    await bench.control("POST /control/faults", { fault: { status: 429, "retry-after": 1.5 } });
    const { requestId, cancel } = ask("patient");
    await bench.settled(requestId);
    cancel();
    // A request that comes after it is through before the pause is over, and is the only other call.
    await bench.control("DELETE /control/faults");
    await ask("patient").answer;
    expect(await bench.control("GET /control/state")).toMatchObject({ calls: 2 });
    expect(bench.dispatched(requestId)).toHaveLength(1);
  });
});

describe("a call that fails for good", () => {
  it("is not made again after a 400, which goes on as it is", async () => {
    await bench.control("POST /control/faults", { fault: { status: 400 } });
    const { answer, requestId } = ask("patient");
    const { head, body } = await answer;
    expect(head?.status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ error: { type: "invalid_request_error" } });
    expect(await bench.settled(requestId)).toMatchObject({ outcome: "failed", usage: noTokens });
    expect(await bench.control("GET /control/state")).toMatchObject({ calls: 1 });
  });

  it("of another dialect's provider is told in the client's words, with the provider's status", async () => {
    await bench.control("POST /control/faults", { fault: { status: 413 } });
    const { head, error } = await ask("claude").answer;
    expect(head).toBeUndefined();
    expect(error).toMatchObject({ code: "provider_rejected", status: 413 });
  });

  it("is 502 when the provider refuses the gateway's key, whose end no client sees", async () => {
    const { head, error } = await ask("refused").answer;
    expect(head).toBeUndefined();
    expect(error).toMatchObject({ code: "provider_credential", status: 502 });
    expect(error?.message).not.toContain("bad-key");
  });

  it("is never made without a key, which the error names", async () => {
    const { answer, requestId } = ask("keyless");
    expect((await answer).error).toMatchObject({
      code: "provider_credential",
      message: "The backend keyless has no key: set the variable NO_SUCH_KEY of the router.",
    });
    expect(bench.eventsOf(requestId)).toEqual([]);
  });
});

describe("a provider that is silent", () => {
  it("while it is connected to was not reached", async () => {
    const { answer, requestId } = ask("hasty-connect");
    expect((await answer).error).toMatchObject({ code: "provider_unreachable", status: 502 });
    expect(await bench.settled(requestId)).toMatchObject({ outcome: "failed", usage: noTokens });
  });

  it.each([
    ["hasty-first", "[[sim hang]]", "until its first byte for 0.1 s"],
    ["hasty-total", "[[sim hang]]", "as a whole for 0.3 s"],
  ])("for too long is given up, and its input is billed: %s %s", async (model, directive, words) => {
    const { answer, requestId } = ask(model, `Well? ${directive}`, true);
    expect((await answer).error).toMatchObject({
      code: "provider_timeout",
      status: 504,
      message: `The provider was silent ${words}.`,
    });
    const settled = await bench.settled(requestId);
    expect(settled).toMatchObject({ outcome: "failed", usageSource: "estimated" });
    expect(settled.usage.inputTokens).toBeGreaterThan(0);
    expect(bench.dispatched(requestId)).toHaveLength(1);
  });

  it("in the middle of its stream is given up, and what it said is billed", async () => {
    const { answer, requestId } = ask("hasty-idle", "Well? [[sim stall-after=7]]", true);
    const { head, error } = await answer;
    expect(head?.status).toBe(200);
    expect(error).toMatchObject({
      code: "provider_timeout",
      message: "The provider was silent between two pieces of its reply for 0.1 s.",
    });
    expect(await bench.settled(requestId)).toMatchObject({
      outcome: "failed",
      usageSource: "estimated",
      usage: { outputTokens: 7 },
    });
  });

  it("past the request's own deadline is given up with that as the reason", async () => {
    const { body } = chatRequest("openai", "Well? [[sim hang]]");
    const { answer, requestId } = bench.send({ model: "patient" }, { ...body, model: "patient" }, 700);
    expect((await answer).error).toMatchObject({ code: "deadline_exceeded", status: 504 });
    expect(await bench.settled(requestId)).toMatchObject({ outcome: "cancelled", usageSource: "estimated" });
  });
});

describe("a reply that is not whole", () => {
  it("of half a JSON text is an error", async () => {
    const { answer, requestId } = ask("patient", "Well? [[sim half-json]]");
    const { head, error } = await answer;
    expect(head).toBeUndefined();
    expect(error).toMatchObject({ code: "provider_invalid_reply", status: 502 });
    const settled = await bench.settled(requestId);
    expect(settled).toMatchObject({ outcome: "failed", usageSource: "estimated" });
    // What had come of it was written by a model, and will be on the bill.
    expect(settled.usage.outputTokens).toBeGreaterThan(0);
  });

  it("of a connection that was cut in its middle is an error, and is not asked for again", async () => {
    const { answer, requestId } = ask("patient", "Well? [[sim cut-after=3]]");
    expect((await answer).error).toMatchObject({ code: "provider_stream_cut", status: 502 });
    expect(await bench.settled(requestId)).toMatchObject({ outcome: "failed", usageSource: "estimated" });
    expect(await bench.control("GET /control/state")).toMatchObject({ calls: 1 });
  });

  it("of a connection that was cut before any byte costs nothing, as far as anyone knows", async () => {
    const { answer, requestId } = ask("patient", "Well? [[sim cut-after=0]]");
    expect((await answer).error).toMatchObject({ code: "provider_stream_cut", status: 502 });
    const settled = await bench.settled(requestId);
    expect(settled).toMatchObject({ outcome: "failed", usageSource: "estimated", usage: noTokens });
    expect(await bench.control("GET /bill")).toMatchObject({ totals: { calls: 1, ...noTokens } });
  });

  it.each([
    ["[[sim cut-after=6]]", "provider_stream_cut", 6],
    ["[[sim half-json chunks=8]]", "provider_stream_cut", 0],
  ])("of a stream that was cut is told within it and billed: %s", async (directive, code, atLeast) => {
    const { answer, requestId } = ask("patient", `Well? ${directive}`, true);
    const { head, error } = await answer;
    expect(head?.status).toBe(200);
    expect(error).toMatchObject({ code });
    const settled = await bench.settled(requestId);
    expect(settled).toMatchObject({ outcome: "failed", usageSource: "estimated" });
    expect(settled.usage.outputTokens).toBeGreaterThanOrEqual(atLeast);
    expect(bench.dispatched(requestId)).toHaveLength(1);
  });

  it("with an error within the stream goes on as it is, and is settled as failed", async () => {
    const { answer, requestId } = ask("patient", "Well? [[sim error-after=4]]", true);
    const { body, end, error } = await answer;
    expect(body).toContain('"error"');
    expect([end === undefined, error]).toEqual([false, undefined]);
    expect(await bench.settled(requestId)).toMatchObject({ outcome: "failed", usage: { outputTokens: 4 } });
  });

  it("that is no stream where one was asked for is an error, and is given up at the provider", async () => {
    const plain = createPlainProvider();
    const url = await plain.listen();
    const own = await startRouterBench({
      configuration: `
backends: { plain: { provider: openai, baseUrl: "${url}/v1" } }
models: [{ name: m, backend: plain }]
`,
    });
    try {
      await own.startRouter();
      const { answer, requestId } = own.send({ model: "m", stream: true }, { model: "m", messages: [] });
      expect((await answer).error).toMatchObject({ code: "provider_invalid_reply", status: 502 });
      expect(await own.settled(requestId)).toMatchObject({ outcome: "failed" });
      await expect.poll(() => plain.hungUp()).toBe(true);
    } finally {
      await own.stop();
      plain.close();
    }
  });
});

describe("a call for which the origin gives no leave", () => {
  it("is not made, and its entry says so", async () => {
    const release = bench.holdRequests();
    const { requestId, cancel } = ask("patient");
    cancel();
    release();
    expect(await bench.settled(requestId)).toMatchObject({
      outcome: "not_called",
      usage: noTokens,
      usageSource: "provider",
    });
    expect(bench.dispatched(requestId)).toHaveLength(1);
    expect(await bench.control("GET /control/state")).toMatchObject({ calls: 0 });
  });
});

describe("a call that could not be recorded", () => {
  let own: RouterBench;
  afterEach(() => own.stop());

  /** Starts a router on an event stream that is full after a few calls. */
  async function withFullStream(unrecordedCalls: string) {
    own = await startRouterBench({
      configuration: `
backends: { openai: { provider: openai, baseUrl: $SIMULATOR/v1 } }
models: [{ name: m, backend: openai }]
ledger: { unrecordedCalls: ${unrecordedCalls} }
`,
      streams: { maxEventBytes: 8192 + ballastBytes },
    });
    const { bus } = await own.startRouter();
    const ask = () => own.send({ model: "m" }, { model: "m", messages: [{ role: "user", content: "Hi" }] });
    const calls = async () => ((await own.control("GET /control/state")) as { calls: number }).calls;
    return { bus, ask, calls };
  }

  it("is not made", async () => {
    const { ask, calls } = await withFullStream("refuse");
    let last = await ask().answer;
    for (let asked = 1; last.error === undefined && asked < 50; asked++) last = await ask().answer;
    expect(last.error).toMatchObject({ code: "ledger_unavailable", status: 503, retryAfterMs: 1000 });
    const before = await calls();
    expect((await ask().answer).error?.code).toBe("ledger_unavailable");
    expect(await calls()).toBe(before);
  });

  it("is made where the configuration allows it, counted, and recorded whole when there is room", async () => {
    const { bus, ask, calls } = await withFullStream("allow");
    const unrecorded = async () =>
      Number(/^sluice_router_unrecorded_total (\d+)$/m.exec(await bus.metrics.render())?.[1]);
    const sent: string[] = [];
    while ((await unrecorded()) < 3 && sent.length < 50) {
      const { answer, requestId } = ask();
      sent.push(requestId);
      expect(await answer).toMatchObject({ head: { status: 200 }, error: undefined });
    }
    expect(await calls()).toBe(sent.length);
    const whole = () =>
      sent.map((requestId) =>
        own
          .eventsOf(requestId)
          .map(({ type }) => type)
          .toSorted(),
      );
    const pairs = sent.map(() => ["dispatched", "settled"]);
    expect(whole()).not.toEqual(pairs);
    await provisionBus({ ...own.testBus.credentials("operator"), maxEventBytes: 2 ** 20 });
    await expect.poll(whole, { timeout: 15_000 }).toEqual(pairs);
  });
});
