import { fileURLToPath } from "node:url";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI, { APIError } from "openai";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { askLedger, settledCalls } from "./support/ledger.ts";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { createKey, runSluice } from "./support/run-sluice.ts";
import { providerRequests, wholeBill } from "./support/simulator.ts";
import { startTraceReceiver, type TraceReceiver } from "./support/trace-receiver.ts";

const example = fileURLToPath(new URL("../examples/workflow", import.meta.url));

let receiver: TraceReceiver;
let mesh: Mesh;
let openai: OpenAI;
beforeAll(async () => {
  receiver = await startTraceReceiver();
  mesh = await startMesh({
    replicas: "router=2,guard=2",
    environment: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_TRACES_SAMPLER_ARG: "1",
      OTEL_BSP_SCHEDULE_DELAY: "100",
    },
  });
  expect(await runSluice(mesh, "apply", "-f", example)).toEqual({
    code: 0,
    out: expect.stringContaining("Workflow support created") as string,
    error: expect.not.stringContaining("warning") as string,
  });
  // A key that may use the workflows, and none of the models that they ask.
  const models = ["--model", "support-answer", "--model", "text-review"];
  const { secret } = await createKey(mesh, "--team", "support", ...models);
  openai = new OpenAI({ baseURL: `${mesh.gateway}/v1`, apiKey: secret, maxRetries: 0 });
  const isListed = async () => {
    const names = (await openai.models.list()).data.map(({ id }) => id);
    expect(names.toSorted()).toEqual(["support-answer", "text-review"]);
  };
  await vi.waitFor(isListed, { timeout: 15_000, interval: 100 });
});
afterEach(async () => {
  for (const what of ["faults", "requests"]) await control("DELETE", what);
});
afterAll(async () => {
  await mesh?.stop();
  await receiver?.close();
});

async function control(method: string, what: string, body?: object): Promise<void> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  await fetch(`${mesh.simulatorUrl}/control/${what}`, { method, ...sent });
}

/** Makes models answer, or misbehave, as told. */
async function script(faults: Record<string, object>): Promise<void> {
  for (const [model, fault] of Object.entries(faults))
    await control("POST", "faults", { match: { model }, fault });
}

const messages = [
  { role: "user" as const, content: "My order BK-123456 and my card 4111 1111 1111 1111, where are they?" },
];

/** The calls of a workflow's steps as they were booked, each equal to what the provider charges for it. */
async function bookedAsBilled(requestId: string | null | undefined, steps: number) {
  const calls = await settledCalls(mesh, requestId, steps);
  const bill = await wholeBill(mesh);
  for (const call of calls) {
    const row = bill.find(
      ({ clientRequestId }) => clientRequestId === `${call.requestId}.${call.delivery}.${call.attempt}`,
    );
    expect(call).toMatchObject({
      parentRequestId: requestId,
      team: "support",
      usageSource: "provider",
      inputTokens: row?.inputTokens,
      outputTokens: row?.outputTokens,
    });
  }
  return calls;
}

test("a question is classified, answered by the model of its class and translated, and each step is booked", async () => {
  await script({
    "gpt-5.4-nano": { say: "Technical" },
    "claude-sonnet-5": { say: "Please restart it." },
    "gemini-2.5-flash": { say: "Veuillez le redémarrer." },
  });
  const { data, response } = await openai.chat.completions
    .create({ model: "support-answer", messages })
    .withResponse();
  expect(data).toMatchObject({
    model: "support-answer",
    choices: [{ message: { content: "Veuillez le redémarrer." }, finish_reason: "stop" }],
  });
  expect(response.headers.get("x-sluice-workflow")).toBe("support");
  expect(response.headers.get("x-sluice-model")).toBe("gemini-2.5-flash");
  const calls = await bookedAsBilled(response.headers.get("x-request-id"), 3);
  expect(calls).toMatchObject([
    { workflow: "support", workflowStep: "classify", provider: "openai", model: "gpt-5.4-nano" },
    { workflow: "support", workflowStep: "answer", provider: "anthropic", model: "claude-sonnet-5" },
    { workflow: "support", workflowStep: "translate", provider: "gemini", model: "gemini-2.5-flash" },
  ]);
  const sum = (field: "inputTokens" | "outputTokens") =>
    calls.reduce((all, call) => all + (call[field] ?? 0), 0);
  expect(data.usage).toMatchObject({
    prompt_tokens: sum("inputTokens"),
    completion_tokens: sum("outputTokens"),
  });
  const [asked] = await providerRequests(mesh, "gemini-2.5-flash");
  expect(JSON.stringify(asked?.body)).toContain("Please restart it.");
});

test("the client's prompt passes the guard before the steps, and each step's by the policies of its own", async () => {
  await script({ "gpt-5.4-nano": { say: "billing" } });
  const { response } = await openai.chat.completions
    .create({ model: "support-answer", messages })
    .withResponse();
  await bookedAsBilled(response.headers.get("x-request-id"), 3);
  const [classify] = await providerRequests(mesh, "gpt-5.4-nano");
  const [answer] = await providerRequests(mesh, "gpt-5.4-mini");
  // The card is the business of no model: the policy of sluice.yaml says so for all of them.
  expect(JSON.stringify([classify, answer])).not.toContain("4111");
  expect(JSON.stringify(classify?.body)).toContain("BK-123456");
  expect(JSON.stringify(answer?.body)).toContain("[ORDER]");
  expect(JSON.stringify(answer?.body)).not.toContain("BK-123456");
});

test("the last step is streamed, with the usage of all", async () => {
  await script({ "gpt-5.4-nano": { say: "other" }, "gemini-2.5-flash": { chunks: 30 } });
  const { data: stream, response } = await openai.chat.completions
    .create({ model: "support-answer", messages, stream: true, stream_options: { include_usage: true } })
    .withResponse();
  let pieces = 0;
  let usage: OpenAI.CompletionUsage | null | undefined;
  for await (const chunk of stream) {
    expect(chunk.model).toBe("support-answer");
    if (chunk.choices[0]?.delta.content) pieces++;
    usage = chunk.usage ?? usage;
  }
  expect(pieces).toBeGreaterThan(5);
  const calls = await bookedAsBilled(response.headers.get("x-request-id"), 3);
  expect(calls.map(({ model, stream: streams }) => [model, streams])).toEqual([
    ["gpt-5.4-nano", false],
    ["gpt-4o-mini", false],
    ["gemini-2.5-flash", true],
  ]);
  expect(usage?.completion_tokens).toBe(
    calls.reduce((sum, { outputTokens }) => sum + (outputTokens ?? 0), 0),
  );
});

test("the same by a route, in Anthropic's dialect, plain and streamed", async () => {
  await script({ "gpt-5.4-nano": { say: "billing" }, "gemini-2.5-flash": { say: "Votre facture." } });
  const anthropic = new Anthropic({
    baseURL: `${mesh.gateway}/support`,
    apiKey: openai.apiKey,
    maxRetries: 0,
  });
  const request = { model: "whatever", max_tokens: 200, messages };
  const reply = await anthropic.messages.create(request);
  expect(reply).toMatchObject({
    model: "support-answer",
    content: [{ type: "text", text: "Votre facture." }],
  });
  const streamed = await anthropic.messages.stream(request).finalMessage();
  expect(streamed).toMatchObject({
    model: "support-answer",
    content: [{ type: "text", text: "Votre facture." }],
    stop_reason: "end_turn",
    usage: reply.usage,
  });
});

test("a failing step is named in the client's dialect, with the status of its error", async () => {
  await script({ "gpt-5.4-nano": { say: "other" }, "gemini-2.5-flash": { status: 429, retryAfter: 30 } });
  const error = await openai.chat.completions
    .create({ model: "support-answer", messages })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(APIError);
  expect(error).toMatchObject({ status: 429, code: "rate_limit_exceeded", type: "rate_limit_error" });
  expect((error as APIError).message).toContain('The step "translate" failed: ');
});

test("parallel branches, JSON between steps, a step that is left out, and a template that answers", async () => {
  const review = async (good: boolean) => {
    await control("DELETE", "faults");
    await script({
      "gpt-5.4-mini": { say: "The facts." },
      "claude-haiku-4-5": { say: "The style." },
      "gpt-5.4-nano": { say: JSON.stringify({ good }) },
    });
    const { data, response } = await openai.chat.completions
      .create({ model: "text-review", messages })
      .withResponse();
    const calls = await bookedAsBilled(response.headers.get("x-request-id"), good ? 3 : 4);
    return {
      content: data.choices[0]?.message.content,
      steps: calls.map(({ workflowStep }) => workflowStep),
    };
  };
  const good = await review(true);
  expect(good.content).toContain("The text is good as it is.\n--\nThe facts.");
  expect(good.steps.toSorted()).toEqual(["facts", "style", "verdict"]);
  const bad = await review(false);
  expect(bad.content).toContain("The facts.\n--\nThe facts.");
  expect(bad.steps.at(-1)).toBe("rewrite");
});

test("one trace holds the client's request and its steps, and spend is added up by workflow", async () => {
  await script({ "gpt-5.4-nano": { say: "other" } });
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  const { response } = await openai.chat.completions
    .create({ model: "support-answer", messages }, { headers })
    .withResponse();
  const calls = await bookedAsBilled(response.headers.get("x-request-id"), 3);
  expect(calls.map((call) => call.traceId)).toEqual([traceId, traceId, traceId]);
  const names = () => receiver.spans.filter((span) => span.traceId === traceId).map(({ name }) => name);
  await expect
    .poll(names, { timeout: 15_000 })
    .toEqual(
      expect.arrayContaining([
        "step classify",
        "step answer",
        "step translate",
        "chat gpt-5.4-nano",
        "chat gemini-2.5-flash",
      ]),
    );
  const spans = new Map(
    receiver.spans.filter((span) => span.traceId === traceId).map((span) => [span.spanId, span]),
  );
  const step = [...spans.values()].find(({ name }) => name === "step translate");
  expect(spans.get(step?.parentSpanId ?? "")).toMatchObject({ name: "route", service: "sluice-router" });
  const rowSchema = z.object({
    rows: z.array(z.looseObject({ workflow: z.string().nullable(), requests: z.number() })),
  });
  const spend = await askLedger(mesh, "/v1/spend?group_by=workflow&workflow=support");
  const { rows } = rowSchema.parse(await spend.json());
  expect(rows).toMatchObject([{ workflow: "support", unpricedRequests: 0 }]);
});

test("a workflow whose model goes away is closed, and says so when it is applied", async () => {
  const { code, out, error } = await runSluice(mesh, "delete", "AIPolicy", "order-numbers");
  expect([code, out + error]).toEqual([0, expect.stringContaining("there is no AIPolicy order-numbers")]);
  const status = async () =>
    openai.chat.completions.create({ model: "support-answer", messages }).then(
      () => 200,
      (thrown: APIError) => [thrown.status, thrown.message],
    );
  await expect
    .poll(status, { timeout: 15_000 })
    .toEqual([503, expect.stringContaining("The workflow support is closed: it lacks what it refers to.")]);
});
