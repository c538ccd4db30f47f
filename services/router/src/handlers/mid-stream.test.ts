import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { chatRequest } from "../testing/chat-requests.ts";
import { keys, type RouterBench, startRouterBench } from "../testing/router-bench.ts";

const second = { openai: "gpt-second", anthropic: "claude-sonnet-4-5", gemini: "gemini-second" };
const clients = ["openai", "anthropic", "gemini"] as const;

/** Never left alone: each test is to meet a first target that fails. */
const breaker = "breaker: { failures: 1000, failureRatio: 1 }";

/** Each model has a first target that breaks off as the simulator is told, and a second one that answers. */
const configuration = `
backends:
  openai: { provider: openai, baseUrl: $SIMULATOR/v1, ${breaker} }
  anthropic: { provider: anthropic, baseUrl: $SIMULATOR, ${breaker} }
  gemini: { provider: gemini, baseUrl: $SIMULATOR, ${breaker} }
models:
  - { name: gpt-first, backend: openai }
  - { name: claude-first, backend: anthropic }
  - { name: gemini-first, backend: gemini }
  - { name: gpt-second, backend: openai }
  - { name: claude-sonnet-4-5, backend: anthropic }
  - { name: claude-opus-5, backend: anthropic }
  - { name: gemini-second, backend: gemini }
  - { name: alone, backend: openai, lastResort: { text: Please try again later. } }
virtualModels:
${["gpt-first", "claude-first", "gemini-first"]
  .flatMap((first) =>
    [...Object.values(second), "claude-opus-5"].map(
      (model) => `
  - name: ${first}-${model}
    targets: [${first}, { model: ${model}, priority: 1 }]
    midStream: continue
    lastResort: { text: "Nobody answers, sorry.", status: 203 }`,
    ),
  )
  .join("")}
  - { name: plain, targets: [gpt-first, { model: gpt-second, priority: 1 }] }
`;

let bench: RouterBench;
beforeAll(async () => {
  bench = await startRouterBench({ configuration });
  await bench.startRouter(keys);
});
afterEach(async () => {
  for (const path of ["/control/faults", "/control/requests"]) await bench.control(`DELETE ${path}`);
});
afterAll(() => bench.stop());

interface Asked {
  dialect?: (typeof clients)[number];
  stream?: boolean;
  more?: object;
}

function ask(model: string, { dialect = "openai", stream = true, more = {} }: Asked = {}) {
  const { facts, body } = chatRequest(dialect, "[[sim chunks=9]]", stream);
  return bench.send(
    { ...facts, dialect, model, stream },
    { ...body, ...more, ...(dialect === "gemini" ? {} : { model }) },
  );
}

const fails = (model: string, fault: object) =>
  bench.control("POST /control/faults", { match: { model }, fault });

/** The parsed data of a stream's events. */
function eventsOf(body: string): Record<string, unknown>[] {
  return [...body.matchAll(/^data: (\{.*\})$/gm)].map(
    ([, json = ""]) => JSON.parse(json) as Record<string, unknown>,
  );
}

function textOf(body: string): string {
  const pattern = /"(?:content|text)":"((?:[^"\\]|\\.)*)"/g;
  return [...body.matchAll(pattern)].map(([, text]) => JSON.parse(`"${text}"`) as string).join("");
}

/** Requests that the simulator got for a model. */
async function requestsFor(model: string): Promise<string[]> {
  const { requests } = (await bench.control("GET /control/requests")) as { requests: object[] };
  return requests.map((request) => JSON.stringify(request)).filter((request) => request.includes(model));
}

describe("a stream that its first target breaks off", () => {
  it.each(
    (["gpt-first", "claude-first", "gemini-first"] as const).flatMap((first) =>
      clients.flatMap((dialect) => Object.values(second).map((model) => [first, dialect, model] as const)),
    ),
  )("%s, for a client of %s, is one with what %s goes on with", async (first, dialect, model) => {
    await fails(first, { "cut-after": 3 });
    const { answer, requestId } = ask(`${first}-${model}`, { dialect });
    const { head, body, error, end } = await answer;
    expect(error).toBeUndefined();
    expect(end).toBeDefined();
    expect(head?.headers["x-sluice-model"]).toBe(first);
    expect(body.split(": continued by ")).toHaveLength(2);
    const [before = "", after = ""] = body.split(/^: continued by .*$/m);
    expect(textOf(before)).not.toBe("");
    expect(textOf(after)).not.toBe("");
    const events = eventsOf(body);
    const named = (name: string) => events.filter(({ type }) => type === name).length;
    const ends =
      dialect === "openai" ? body.match(/data: \[DONE\]/g) : body.match(/"message_stop"\}|"finishReason"/g);
    expect(ends).toHaveLength(1);
    expect([named("message_start"), named("content_block_start"), named("content_block_stop")]).toEqual(
      dialect === "anthropic" ? [1, 1, 1] : [0, 0, 0],
    );
    const ids = new Set(events.map(({ id, responseId }) => id ?? responseId));
    expect(ids.size).toBe(1);
    const [broken, whole] = [await bench.settled(requestId, 1), await bench.settled(requestId, 2)];
    expect(broken).toMatchObject({ outcome: "failed", usageSource: "estimated", usage: { outputTokens: 3 } });
    expect(whole).toMatchObject({ outcome: "completed", usageSource: "provider" });
  });

  it("by an error event is gone on with, and the client sees nothing of that", async () => {
    await fails("gpt-first", { "error-after": 3 });
    const { body, error } = await ask("gpt-first-gpt-second").answer;
    expect(error).toBeUndefined();
    expect(body).not.toContain('"error"');
    expect(body).toMatch(/data: \[DONE\]\s*$/);
  });

  it("is given to a model that knows prefill as the beginning of its reply, to any other as its last message", async () => {
    await fails("gpt-first", { "cut-after": 3 });
    await ask("gpt-first-claude-sonnet-4-5").answer;
    await ask("gpt-first-claude-opus-5").answer;
    const [prefilled = ""] = await requestsFor("claude-sonnet-4-5");
    const [told = ""] = await requestsFor("claude-opus-5");
    expect(prefilled).not.toContain("was cut off");
    expect(prefilled).toMatch(/assistant/);
    expect(told).toContain("was cut off");
  });

  it("ends with an error event where nobody goes on, each call in the ledger", async () => {
    await fails("gpt-first", { "cut-after": 3 });
    await fails("gpt-second", { status: 500 });
    const { answer, requestId } = ask("gpt-first-gpt-second");
    expect((await answer).error).toMatchObject({ code: expect.stringMatching(/^provider_/) as string });
    expect(await bench.settled(requestId, 2)).toMatchObject({
      outcome: "failed",
      usage: { outputTokens: 0 },
    });
  });

  it.each<[string, object]>([
    [
      "tools",
      {
        tools: [
          { type: "function", function: { name: "weather", parameters: { type: "object", properties: {} } } },
        ],
      },
    ],
    [
      "a format",
      {
        response_format: {
          type: "json_schema",
          json_schema: { name: "answer", schema: { type: "object", properties: {} } },
        },
      },
    ],
    ["several answers", { n: 2 }],
    ["log probabilities", { logprobs: true }],
  ])("ends with an error event where the request has %s", async (_what, more) => {
    await fails("gpt-first", { "cut-after": 3 });
    const { error } = await ask("gpt-first-gpt-second", { more }).answer;
    expect(error).toMatchObject({ code: "provider_stream_cut" });
    expect(await requestsFor("gpt-second")).toEqual([]);
  });

  it("ends with an error event where the model does not say otherwise", async () => {
    await fails("gpt-first", { "cut-after": 3 });
    expect((await ask("plain").answer).error).toMatchObject({ code: "provider_stream_cut" });
  });
});

describe("a model with a last resort", () => {
  it.each(clients.flatMap((dialect) => [true, false].map((stream) => [dialect, stream] as const)))(
    "answers clients of %s where all targets fail (stream: %s)",
    async (dialect, stream) => {
      await fails("gpt-first", { status: 500 });
      await fails("gpt-second", { status: 429 });
      const { head, body, error } = await ask("gpt-first-gpt-second", { dialect, stream }).answer;
      expect(error).toBeUndefined();
      expect(head).toMatchObject({
        status: 203,
        headers: { "x-sluice-last-resort": "true", "x-sluice-backend": "none" },
      });
      expect(textOf(body)).toBe("Nobody answers, sorry.");
      expect(head?.headers["content-type"]).toMatch(stream ? /event-stream/ : /json/);
    },
  );

  it("answers where its only target breaks off before its first piece, and books that call alone", async () => {
    await fails("alone", { "cut-after": 0 });
    const { answer, requestId } = ask("alone");
    expect(textOf((await answer).body)).toBe("Please try again later.");
    await bench.settled(requestId);
    expect(bench.dispatched(requestId)).toHaveLength(1);
  });

  it.each([400, 413])("leaves a refusal of the request, %i, as it is", async (status) => {
    await fails("alone", { status });
    const { head } = await ask("alone", { stream: false }).answer;
    expect(head?.status).toBe(status);
    expect(head?.headers["x-sluice-last-resort"]).toBeUndefined();
  });

  it("has none for embeddings", async () => {
    await fails("alone", { status: 500 });
    const { answer } = bench.send(
      { model: "alone", operation: "embeddings" },
      { model: "alone", input: "Hi" },
    );
    expect((await answer).head?.status).toBe(500);
  });
});
