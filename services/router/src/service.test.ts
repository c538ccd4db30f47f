import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { chatRequest, withoutIds } from "./testing/chat-requests.ts";
import { type RouterBench, startRouterBench } from "./testing/router-bench.ts";

const configuration = `
backends:
  openai: { provider: openai, baseUrl: $SIMULATOR/v1 }
  anthropic: { provider: anthropic, baseUrl: $SIMULATOR }
  gemini: { provider: gemini, baseUrl: $SIMULATOR }
models:
  - { name: gpt-*, backend: openai }
  - { name: text-embedding-*, backend: openai }
  - { name: claude-*, backend: anthropic }
  - { name: gemini-*, backend: gemini }
`;
const dialects = ["openai", "anthropic", "gemini"] as const;

let bench: RouterBench;
beforeAll(async () => {
  bench = await startRouterBench({ configuration });
  await bench.startRouter();
});
beforeEach(async () => {
  for (const path of ["/bill", "/control/requests", "/control/state"]) await bench.control(`DELETE ${path}`);
});
afterAll(() => bench.stop());

const billSchema = z.object({ rows: z.array(z.looseObject({ status: z.string() })) });

/** The one row of the bill, once the call is over. */
async function billed(): Promise<Record<string, unknown>> {
  let rows: Record<string, unknown>[] = [];
  await expect
    .poll(async () => {
      rows = billSchema.parse(await bench.control("GET /bill")).rows;
      return rows.length;
    })
    .toBe(1);
  return rows[0] ?? {};
}

/** The tokens of a settlement or of a row of the bill. */
function tokensOf(of: Record<string, unknown>): unknown {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens } = of;
  return { inputTokens, outputTokens, cachedInputTokens, reasoningTokens };
}

/** What the simulator says when nobody stands in between. */
async function askedDirectly(request: ReturnType<typeof chatRequest>): Promise<string> {
  const response = await fetch(bench.simulator.url + request.path, {
    method: "POST",
    headers: { ...request.headers, "content-type": "application/json" },
    body: JSON.stringify(request.body),
  });
  return await response.text();
}

describe.each(dialects)("a reply of %s to a client of its own", (dialect) => {
  it.each([false, true])("is the provider's, byte for byte (stream: %s)", async (stream) => {
    const request = chatRequest(dialect, "Say something. [[sim chunks=30 burst=4]]", stream);
    // OpenAI's clients get the usage of a stream only when they ask for it.
    if (dialect === "openai" && stream) request.body.stream_options = { include_usage: true };
    const direct = await askedDirectly(request);
    const answer = await bench.send(request.facts, request.body).answer;
    expect(withoutIds(answer.body)).toBe(withoutIds(direct));
    expect(answer.head?.status).toBe(200);
    expect(answer.end).toMatchObject({ provider: dialect });
  });

  it("never ends within an event when the provider breaks off in the middle of one", async () => {
    const { facts, body } = chatRequest(dialect, "Well? [[sim half-json chunks=30]]", true);
    const answer = await bench.send(facts, body).answer;
    expect(answer.error?.code).toBe("provider_stream_cut");
    expect(answer.body).toMatch(/^data: /m);
    expect(answer.body).toMatch(/\r?\n\r?\n$/);
  });

  it.each([false, true])("is settled with what the provider reports (stream: %s)", async (stream) => {
    const text = "Think about it. [[sim chunks=30 cached=3 reasoning=5]]";
    const { facts, body } = chatRequest(dialect, text, stream);
    const { answer, requestId } = bench.send(facts, body);
    expect((await answer).error).toBeUndefined();
    const settled = await bench.settled(requestId);
    const row = await billed();
    expect(settled).toMatchObject({
      outcome: "completed",
      usageSource: "provider",
      delivery: 1,
      attempt: 1,
      providerStatus: 200,
      providerRequestId: row.providerRequestId,
      responseModel: facts.model,
      usage: { cachedInputTokens: 3, reasoningTokens: 5 },
    });
    expect(tokensOf(settled.usage)).toEqual(tokensOf(row));
    expect(bench.dispatched(requestId)).toMatchObject([
      { attempt: 1, backend: dialect, provider: dialect, stream, revision: 1, identity: { keyId: "key-1" } },
    ]);
  });

  it.each([false, true])("is counted where the provider reports nothing (stream: %s)", async (stream) => {
    const text = "How many words are in this sentence, and why? [[sim usage=none chunks=40]]";
    const { facts, body } = chatRequest(dialect, text, stream);
    const { answer, requestId } = bench.send(facts, body);
    expect((await answer).error).toBeUndefined();
    const settled = await bench.settled(requestId);
    expect(settled).toMatchObject({ outcome: "completed", usageSource: "estimated" });
    expect(tokensOf(settled.usage)).toEqual(tokensOf(await billed()));
  });

  it("is aborted at the provider when the client leaves, and billed for what there was", async () => {
    const { facts, body } = chatRequest(dialect, "Go on. [[sim stall-after=9]]", true);
    const sent = bench.send(facts, body);
    const words = (): number => [...sent.received().matchAll(/"(?:content|text)":\s*"[^"]+"/g)].length;
    await expect.poll(words).toBe(9);
    sent.cancel();
    const settled = await bench.settled(sent.requestId);
    const row = await billed();
    expect(row.status).toBe("aborted");
    expect(settled).toMatchObject({ outcome: "cancelled", usageSource: "estimated", providerStatus: 200 });
    expect(tokensOf(settled.usage)).toEqual(tokensOf(row));
    expect(await bench.control("GET /control/state")).toMatchObject({ openCalls: 0, abortedCalls: 1 });
  });

  it("that never comes is aborted when the client leaves, and its input is billed", async () => {
    const { facts, body } = chatRequest(dialect, "Never mind. [[sim hang]]");
    const sent = bench.send(facts, body);
    await expect.poll(() => bench.control("GET /control/state")).toMatchObject({ openCalls: 1 });
    sent.cancel();
    const settled = await bench.settled(sent.requestId);
    expect(settled).toMatchObject({ outcome: "cancelled", usageSource: "estimated" });
    expect(tokensOf(settled.usage)).toEqual(tokensOf(await billed()));
  });
});

describe("the usage chunk of an OpenAI stream", () => {
  it("is there when the client asked for it, and not when it did not; it is settled by in both cases", async () => {
    const usage = /"usage":\s*\{/;
    for (const options of [{ stream_options: { include_usage: true } }, {}]) {
      const { facts, body } = chatRequest("openai", "Hello.", true);
      const { answer, requestId } = bench.send(facts, { ...body, ...options });
      const { body: received } = await answer;
      expect(usage.test(received)).toBe("stream_options" in options);
      expect(received.endsWith("data: [DONE]\n\n")).toBe(true);
      expect(await bench.settled(requestId)).toMatchObject({ usageSource: "provider" });
    }
  });
});

describe("a body that passes through", () => {
  it("reaches the provider as the client wrote it", async () => {
    const body = '{ "model":"gpt-4o-mini",\n "messages":[{"role":"user","content":"\\u00e9 é"}], "x": 1.0 }';
    await bench.send({}, body).answer;
    const { requests } = (await bench.control("GET /control/requests")) as {
      requests: { bodyBytes: number; headers: Record<string, string> }[];
    };
    expect(requests).toMatchObject([
      { bodyBytes: Buffer.byteLength(body), headers: { authorization: "…-key", "user-agent": "sluice" } },
    ]);
  });
});

describe("headers", () => {
  it("of the provider's limits go to the client, with what served it", async () => {
    const { head } = await bench.send({}, chatRequest("openai", "Hi").body).answer;
    expect(head?.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "x-sluice-model": "gpt-4o-mini",
      "x-sluice-backend": "openai",
      "x-ratelimit-remaining-requests": expect.stringMatching(/^\d+$/) as string,
      "x-sluice-provider-request-id": expect.any(String) as string,
    });
  });

  it("can name a model that no header could hold", async () => {
    const { head } = await bench.send({ model: "gpt-é\n" }, { model: "gpt-é\n", messages: [] }).answer;
    expect(head?.headers["x-sluice-model"]).toBe("gpt-%C3%A9%0A");
  });

  it("tell the provider our name of the call, which is on its bill", async () => {
    const { answer, requestId } = bench.send({}, chatRequest("openai", "Hi").body);
    await answer;
    const name = `${requestId}.1.1`;
    expect(await bench.control("GET /control/requests")).toMatchObject({
      requests: [{ headers: { "x-client-request-id": name } }],
    });
    expect(await billed()).toMatchObject({ clientRequestId: name });
  });

  it("of the client's trace go to the provider", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    await bench.send({ traceparent, tracestate: "a=b" }, chatRequest("openai", "Hi").body).answer;
    expect(await bench.control("GET /control/requests")).toMatchObject({
      requests: [{ headers: { traceparent, tracestate: "a=b" } }],
    });
  });

  it("that change what a reply means go to the provider", async () => {
    const { facts, body } = chatRequest("anthropic", "Hi");
    const headers = { "anthropic-version": "2023-06-01", "anthropic-beta": "some-beta" };
    await bench.send({ ...facts, headers }, body).answer;
    expect(await bench.control("GET /control/requests")).toMatchObject({ requests: [{ headers }] });
  });
});

describe("embeddings", () => {
  const facts = { operation: "embeddings" as const, model: "text-embedding-3-small" };
  const body = { model: "text-embedding-3-small", input: ["some text", "more text"] };

  it("pass through, and are settled", async () => {
    const { answer, requestId } = bench.send(facts, body);
    expect(JSON.parse((await answer).body)).toMatchObject({
      object: "list",
      data: [{ index: 0 }, { index: 1 }],
    });
    const settled = await bench.settled(requestId);
    expect(settled).toMatchObject({ outcome: "completed", usageSource: "provider" });
    expect(tokensOf(settled.usage)).toEqual(tokensOf(await billed()));
  });

  it("are translated to another provider's", async () => {
    const model = "gemini-embedding-001";
    const { answer } = bench.send({ ...facts, model }, { ...body, model });
    expect(JSON.parse((await answer).body)).toMatchObject({
      object: "list",
      data: [{ index: 0 }, { index: 1 }],
    });
  });
});

describe("a text that tokenizers choke on", () => {
  it.each([
    ["10 KB of one letter", "a".repeat(10_000)],
    ["100 KB of Chinese", "天地玄黄宇宙洪荒".repeat(4200)],
    ["100 KB of spaces", " ".repeat(100_000)],
  ])("delays neither its reply nor others: %s", async (_name, text) => {
    const { body } = chatRequest("openai", `${text}[[sim usage=none]]`);
    const choking = bench.send({}, body);
    expect((await choking.answer).error).toBeUndefined();
    const settledBefore = bench.eventsOf(choking.requestId).some(({ type }) => type === "settled");
    const other = bench.send({}, chatRequest("openai", "Hi").body);
    expect((await other.answer).error).toBeUndefined();
    expect(settledBefore).toBe(false);
    const settled = await bench.settled(choking.requestId);
    expect(settled).toMatchObject({ usageSource: "estimated" });
    expect(settled.usage.inputTokens).toBeGreaterThan(100);
  });
});

describe("a large reply", () => {
  it("of 50 MB arrives whole", async () => {
    const { answer, requestId } = bench.send({}, chatRequest("openai", "[[sim bytes=52428800]]").body);
    const { body, error } = await answer;
    expect(error).toBeUndefined();
    const reply = z
      .object({ choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]) })
      .parse(JSON.parse(body));
    expect(reply.choices[0].message.content.length).toBe(52_428_800);
    expect((await bench.settled(requestId)).usageSource).toBe("provider");
  });
});
