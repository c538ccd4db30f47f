import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { askLedger } from "./support/ledger.ts";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { chatPath, keyHeaders, sendChat } from "./support/raw-request.ts";
import { createKey, runSluice } from "./support/run-sluice.ts";
import { billRows } from "./support/simulator.ts";

/** Room for 100 requests of 5 output tokens at 10 dollars a million. */
const configuration = `
backends:
  openai: {provider: openai}
  patient: {provider: openai, retries: {attempts: 3, baseDelay: 1ms}}
models:
  - {name: gpt-4o, backend: openai, limits: [{name: budget, usd: "0.005", interval: 1d, warnAt: 0.5}]}
  - {name: gpt-4o-mini, backend: openai, limits: [{requests: 2, interval: 1h, per: [team]}]}
  - {name: gpt-4.1, backend: openai, limits: [{name: few, outputTokens: 1000, calendar: day}]}
  - {name: gpt-4.1-mini, backend: patient, limits: [{name: many, tokens: 1000000, calendar: month}]}
prices:
  - {model: "gpt-4o*", usdPerMillionTokens: {input: 0, output: 10}}
`;

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ configuration, replicas: "auth=2" });
});
afterAll(async () => {
  await mesh?.stop();
});

const errorSchema = z.object({ error: z.object({ message: z.string(), code: z.string() }) });

async function askForFiveTokens(): Promise<Response> {
  return await fetch(mesh.gateway + chatPath("openai", "gpt-4o"), {
    method: "POST",
    headers: { "content-type": "application/json", ...keyHeaders("openai", mesh.apiKey) },
    body: JSON.stringify({
      model: "gpt-4o",
      max_tokens: 5,
      messages: [{ role: "user", content: "Count to forty. [[sim chunks=40]]" }],
    }),
  });
}

test("of 500 clients at once exactly the 100 that a budget has room for are served, and the ledger has what the provider bills", async () => {
  const responses = await Promise.all(Array.from({ length: 500 }, askForFiveTokens));
  const served = responses.filter(({ status }) => status === 200);
  const refused = responses.filter(({ status }) => status === 429);
  expect([served.length, refused.length]).toEqual([100, 400]);
  for (const response of refused) {
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    const { error } = errorSchema.parse(await response.json());
    expect(error).toEqual({
      message: "The limit sluice-yaml.limits.gpt-4o/budget is reached (0.005 US dollars in 1d).",
      code: "insufficient_quota",
    });
  }
  await Promise.all(served.map((response) => response.text()));
  // Each took its own part of the budget, the last one the last of it.
  const remaining = served.map((response) => Number(response.headers.get("x-sluice-budget-remaining-usd")));
  const expected = Array.from({ length: 100 }, (_, index) => Number((index * 0.00005).toFixed(5)));
  expect(remaining.toSorted((one, other) => one - other)).toEqual(expected);
  const warned = served.filter((response) => response.headers.has("x-sluice-limit-warning"));
  expect(warned).toHaveLength(51);

  const bill = await billRows(mesh, "gpt-4o");
  expect(bill).toHaveLength(100);
  expect(bill.reduce((sum, { outputTokens }) => sum + outputTokens, 0)).toBe(500);
  const spend = async () => (await (await askLedger(mesh, "/v1/spend?group_by=model")).json()) as object;
  await expect
    .poll(spend, { timeout: 15_000, interval: 100 })
    // Sent again on a loaded machine, a request may have calls that had no leave and were not made.
    .toMatchObject({ rows: [{ model: "gpt-4o", requests: 100, outputTokens: 500, costUsd: "0.005" }] });
  expect((await askForFiveTokens()).status).toBe(429);
});

test("replies say how the limits stand in the client's dialect, in place of the provider's own", async () => {
  const { secret: key } = await createKey(mesh, "--team", "blue");
  const ask = async (dialect: "openai" | "anthropic") =>
    await sendChat(mesh, { dialect, model: "gpt-4o-mini", text: "Hello", key });
  const limitsIn = ({ headers }: Response) =>
    Object.fromEntries([...headers].filter(([name]) => name.includes("ratelimit")));
  expect(limitsIn(await ask("openai"))).toEqual({
    "x-ratelimit-limit-requests": "2",
    "x-ratelimit-remaining-requests": "1",
    "x-ratelimit-reset-requests": expect.stringMatching(/^(1h|\d+m)/),
  });
  const standing = (remaining: string) => ({
    "anthropic-ratelimit-requests-limit": "2",
    "anthropic-ratelimit-requests-remaining": remaining,
    "anthropic-ratelimit-requests-reset": expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  });
  expect(limitsIn(await ask("anthropic"))).toEqual(standing("0"));
  const refused = await ask("anthropic");
  expect(refused.status).toBe(429);
  expect(limitsIn(refused)).toEqual(standing("0"));
  // Another team has its own.
  const { secret: other } = await createKey(mesh, "--team", "red");
  expect(
    (await sendChat(mesh, { dialect: "openai", model: "gpt-4o-mini", text: "Hello", key: other })).status,
  ).toBe(200);
});

test("a key has limits of its own, which explain shows beside those of the model", async () => {
  const { id, secret: key } = await createKey(mesh, "--team", "green", "--limit", "tokens: 5, calendar: day");
  const response = await sendChat(mesh, { dialect: "openai", model: "gpt-4o-mini", text: "Hello", key });
  expect(response.status).toBe(429);
  expect(errorSchema.parse(await response.json()).error.message).toBe(
    "The request needs more than the limit key test/0 ever allows (5 tokens in a day).",
  );
  const { out } = await runSluice(mesh, "explain", "--model", "gpt-4o-mini", "--key", id);
  expect(out.split("\n").filter((line) => line.startsWith("limit"))).toEqual([
    "limit      sluice-yaml.limits.gpt-4o-mini/0: 2 requests in 1h per team",
    "limit      key test/0: 5 tokens in a day",
  ]);
});

async function chat(body: Record<string, unknown>, signal?: AbortSignal): Promise<Response> {
  return await fetch(mesh.gateway + chatPath("openai", String(body.model)), {
    method: "POST",
    headers: { "content-type": "application/json", ...keyHeaders("openai", mesh.apiKey) },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
}

const spendSchema = z.object({
  rows: z.array(z.looseObject({ model: z.string(), inputTokens: z.int(), outputTokens: z.int() })),
});

async function bookedTokens(model: string): Promise<{ input: number; output: number }> {
  const { rows } = spendSchema.parse(await (await askLedger(mesh, "/v1/spend?group_by=model")).json());
  const row = rows.find((each) => each.model === model);
  return { input: row?.inputTokens ?? 0, output: row?.outputTokens ?? 0 };
}

test("a stream that runs past its limit is cut off with an error event that names it, and booked for what it used", async () => {
  const content = "Count to many. [[sim chunks=3000]]";
  const response = await chat({ model: "gpt-4.1", stream: true, messages: [{ role: "user", content }] });
  expect(response.status).toBe(200);
  const events = (await response.text()).split("\n\n").filter((event) => event !== "");
  expect(errorSchema.parse(JSON.parse((events.at(-1) ?? "").replace("data: ", ""))).error).toEqual({
    message: "The reply was cut off: the limit sluice-yaml.limits.gpt-4.1/few is reached.",
    code: "rate_limit_exceeded",
  });
  expect(events.join("\n")).not.toContain('finish_reason":"');
  // 512 are reserved; what is left is less than a step of 512, so it is taken in steps of 64.
  await expect
    .poll(async () => (await bookedTokens("gpt-4.1")).output, { timeout: 50_000 })
    .toBeGreaterThan(800);
  expect((await bookedTokens("gpt-4.1")).output).toBeLessThan(1000 + 512);
  const next = await sendChat(mesh, { dialect: "anthropic", model: "gpt-4.1", text: "Hello" });
  expect(next.status).toBe(429);
});

test("whatever fails, is called again, breaks off or is left: what is counted of a limit is what the ledger has", async () => {
  const model = "gpt-4.1-mini";
  const faults = [{ status: 500 }, { cutAfter: 5 }, { status: 429, "retry-after": 0.01 }].map(
    (fault, seed) => ({
      match: { model },
      probability: 0.1,
      seed,
      fault,
    }),
  );
  await fetch(`${mesh.simulatorUrl}/control/faults`, { method: "POST", body: JSON.stringify(faults) });
  const ask = async (number: number): Promise<void> => {
    const content = `Question ${number}. [[sim chunks=${20 + (number % 7) * 150}]]`;
    const leaves = number % 5 === 0 ? new AbortController() : undefined;
    const body = { model, stream: number % 2 === 0, messages: [{ role: "user", content }] };
    try {
      const response = await chat(body, leaves?.signal);
      leaves?.abort();
      await response.text();
    } catch (error) {
      // It has left, or its reply broke off.
      expect(error).toBeInstanceOf(Error);
    }
  };
  await Promise.all(Array.from({ length: 400 }, (_, number) => ask(number)));
  await fetch(`${mesh.simulatorUrl}/control/faults`, { method: "DELETE" });
  const probe = { model, max_tokens: 1, messages: [{ role: "user", content: "Hello" }] };
  const reserved = Math.ceil(JSON.stringify(probe).length / 3) + 1;
  const difference = async (): Promise<number> => {
    const { input, output } = await bookedTokens(model);
    const response = await chat(probe);
    await response.text();
    const counted = 1_000_000 - Number(response.headers.get("x-ratelimit-remaining-tokens")) - reserved;
    return counted - input - output;
  };
  await expect.poll(difference, { timeout: 20_000, interval: 500 }).toBe(0);
  expect((await bookedTokens(model)).output).toBeGreaterThan(10_000);
});
