import type { DispatchedEvent, SettledEvent } from "@sluice/contracts/usage-event";
import { getDialect } from "@sluice/dialects/dialects";
import { afterEach, describe, expect, it } from "vitest";
import { chatRequest } from "../testing/chat-requests.ts";
import { type RouterBench, type RouterBenchOptions, startRouterBench } from "../testing/router-bench.ts";

const configuration = `
backends: { openai: { provider: openai, baseUrl: $SIMULATOR/v1, retries: { attempts: 1 } } }
models: [{ name: gpt-*, backend: openai }]
`;
const resources = `
apiVersion: sluice.dev/v1
kind: Workflow
metadata: { name: pair }
spec:
  model: paired
  steps:
    - name: first
      model: gpt-first
      messages: [{ role: user, content: "{{ input.text }}" }]
    - name: second
      model: gpt-second
      messages: [{ role: user, content: "{{ steps.first.output }}" }]
---
apiVersion: sluice.dev/v1
kind: Workflow
metadata: { name: side }
spec:
  steps:
    - name: left
      model: gpt-left
      messages: [{ role: user, content: "{{ input.text }}" }]
    - name: right
      model: gpt-right
      messages: [{ role: user, content: "{{ input.text }}" }]
    - { name: both, template: "{{ steps.left.output }} and {{ steps.right.output }}" }
`;

let bench: RouterBench;
afterEach(() => bench.stop());

async function start(options: Partial<RouterBenchOptions> = {}): Promise<void> {
  bench = await startRouterBench({ configuration, resources, ...options });
}

/** Makes a model answer, or misbehave, as told. */
function rule(model: string, fault: object): Promise<unknown> {
  return bench.control("POST /control/faults", { match: { model }, fault });
}

function ask(model: string, stream = false, timeoutMs?: number) {
  const { body } = chatRequest("openai", "Hello", stream);
  return bench.send({ model, stream }, { ...body, model }, timeoutMs);
}

/** The calls that were made for a request's steps, with what became of them. */
function callsOf(requestId: string) {
  const events = bench.allEvents();
  const dispatched = events.filter(
    (event): event is DispatchedEvent =>
      event.type === "dispatched" && event.workflowStep?.parentRequestId === requestId,
  );
  return dispatched.map(({ requestId: stepRequestId, providerModel, workflowStep }) => {
    const settled = events.find(
      (event): event is SettledEvent => event.type === "settled" && event.requestId === stepRequestId,
    );
    return {
      model: providerModel,
      step: workflowStep?.step,
      outcome: settled?.outcome,
      usage: settled?.usage,
    };
  });
}

describe("a request for a workflow", () => {
  it("is answered by its last step, and each step is a call of the same owner", async () => {
    await start();
    await bench.startRouter();
    await bench.startRouter();
    await rule("gpt-first", { say: "words of the first" });
    await rule("gpt-second", { say: "words of the second" });
    const { answer, requestId } = ask("paired");
    const { head, body, end } = await answer;
    expect(head).toMatchObject({
      status: 200,
      headers: { "x-sluice-workflow": "pair", "x-sluice-model": "gpt-second", "x-sluice-backend": "openai" },
    });
    const reply = getDialect("openai").readChatReply(JSON.parse(body));
    expect(reply).toMatchObject({
      model: "paired",
      candidates: [{ content: [{ text: "words of the second" }] }],
    });
    await expect
      .poll(() => callsOf(requestId))
      .toMatchObject([
        { model: "gpt-first", step: "first", outcome: "completed" },
        { model: "gpt-second", step: "second", outcome: "completed" },
      ]);
    const [first, second] = callsOf(requestId);
    const input = (first?.usage?.inputTokens ?? 0) + (second?.usage?.inputTokens ?? 0);
    const output = (first?.usage?.outputTokens ?? 0) + (second?.usage?.outputTokens ?? 0);
    expect(end?.usage).toMatchObject({ inputTokens: input, outputTokens: output });
    expect(reply.usage).toMatchObject({ inputTokens: input, outputTokens: output });
    // The client's own request has no call.
    expect(bench.eventsOf(requestId)).toEqual([]);
    const { requests } = (await bench.control("GET /control/requests")) as { requests: { body: unknown }[] };
    expect(requests[1]?.body).toMatchObject({ messages: [{ role: "user", content: "words of the first" }] });
  });

  it("is streamed from its last step as that one streams", async () => {
    await start();
    await bench.startRouter();
    await rule("gpt-second", { chunks: 200, chunkMs: 20 });
    const sent = ask("paired", true);
    await expect.poll(() => sent.received().split("data: ").length).toBeGreaterThan(4);
    await expect.poll(() => bench.control("GET /control/state")).toMatchObject({ openCalls: 1 });
    sent.cancel();
    await expect
      .poll(() => callsOf(sent.requestId))
      .toMatchObject([
        { model: "gpt-first", outcome: "completed" },
        { model: "gpt-second", outcome: "cancelled", usage: { outputTokens: expect.any(Number) as number } },
      ]);
    await expect.poll(() => bench.control("GET /control/state")).toMatchObject({ openCalls: 0 });
  });

  it("whose template puts the reply together is given it in one piece, also as a stream", async () => {
    await start();
    await bench.startRouter();
    await rule("gpt-left", { say: "salt" });
    await rule("gpt-right", { say: "pepper" });
    const { body } = await ask("side", true).answer;
    expect(body).toContain('"content":"salt and pepper"');
    expect(body).toMatch(/data: \[DONE\]\n\n$/);
  });

  it("that nobody waits for any more ends all steps that are at work, and settles them", async () => {
    await start();
    await bench.startRouter();
    await rule("gpt-left", { hang: true });
    await rule("gpt-right", { hang: true });
    const sent = ask("side");
    await expect.poll(() => bench.control("GET /control/state")).toMatchObject({ openCalls: 2 });
    sent.cancel();
    await expect
      .poll(() => callsOf(sent.requestId).map(({ outcome }) => outcome))
      .toEqual(["cancelled", "cancelled"]);
  });

  it("is over when its time is, whatever step it is at", async () => {
    await start();
    await bench.startRouter();
    await rule("gpt-second", { hang: true });
    const { answer, requestId } = ask("paired", false, 1500);
    expect((await answer).error).toMatchObject({ code: "deadline_exceeded" });
    await expect
      .poll(() => callsOf(requestId).at(-1))
      .toMatchObject({ step: "second", outcome: "cancelled" });
  });
});

describe("a step that fails", () => {
  it.each([
    [
      "rate limited",
      { status: 429, retryAfter: 7 },
      { code: "provider_rate_limited", status: 429, retryAfterMs: 7000 },
    ],
    ["broken", { status: 500 }, { code: "provider_error", status: 502 }],
  ])(
    "because its provider is %s is named, with the code and the status of its error",
    async (_what, fault, error) => {
      await start();
      await bench.startRouter();
      await rule("gpt-first", fault);
      const { answer, requestId } = ask("paired");
      const { error: told } = await answer;
      expect(told).toMatchObject(error);
      expect(told?.message).toMatch(/^The step "first" failed: /);
      await expect.poll(() => callsOf(requestId)).toMatchObject([{ step: "first", outcome: "failed" }]);
    },
  );

  it("ends the one beside it", async () => {
    await start();
    await bench.startRouter();
    await rule("gpt-left", { hang: true });
    await rule("gpt-right", { status: 500, latencyMs: 200 });
    const { answer, requestId } = ask("side");
    expect((await answer).error?.message).toMatch(/^The step "right" failed: /);
    await expect
      .poll(() => callsOf(requestId).find(({ step }) => step === "left")?.outcome)
      .toBe("cancelled");
  });

  it("in the middle of its stream is named there", async () => {
    await start();
    await bench.startRouter();
    await rule("gpt-second", { chunks: 20, cutAfter: 3 });
    const { head, error, body } = await ask("paired", true).answer;
    expect(head?.status).toBe(200);
    expect(body).toContain("data: ");
    expect(error).toMatchObject({ code: "provider_stream_cut" });
    expect(error?.message).toMatch(/^The step "second" failed: /);
  });
});

describe("a router that is lost", () => {
  const timings = { heartbeatMs: 100, silenceMs: 400 };

  it("with the workflow takes the request with it, and its step ends", async () => {
    await start({ timings });
    const router = await bench.startRouter();
    await rule("gpt-first", { neverEnds: true, chunkMs: 10 });
    const sent = ask("paired");
    await expect.poll(() => bench.control("GET /control/state")).toMatchObject({ openCalls: 1 });
    await bench.startRouter();
    await router.bus.drain();
    expect((await sent.answer).error).toMatchObject({ code: "holder_lost" });
    await expect.poll(() => bench.control("GET /control/state")).toMatchObject({ openCalls: 0 });
    // Nobody began again with it.
    expect(bench.allEvents().filter(({ type }) => type === "dispatched")).toHaveLength(1);
  });

  it("with a step fails that step; the one with the workflow finishes it while it is drained", async () => {
    await start({ timings });
    const first = await bench.startRouter();
    await rule("gpt-first", { latencyMs: 500 });
    await rule("gpt-second", { hang: true });
    const sent = ask("paired");
    await expect.poll(() => bench.control("GET /control/state")).toMatchObject({ openCalls: 1 });
    const second = await bench.startRouter();
    // It takes no new request, so the next step goes to the other one.
    const stopped = first.stop(20_000);
    await expect.poll(() => callsOf(sent.requestId).map(({ step }) => step)).toEqual(["first", "second"]);
    await second.bus.drain();
    const { error } = await sent.answer;
    expect(error).toMatchObject({ code: "holder_lost" });
    expect(error?.message).toMatch(/^The step "second" failed: /);
    await stopped;
  });
});
