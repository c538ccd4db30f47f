import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Simulator, startSimulator } from "../start-simulator.ts";
import { control, requestsOf, send } from "../testing/call-simulator.ts";

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.stop());

beforeEach(async () => {
  for (const path of ["/bill", "/control/faults", "/control/requests", "/control/state"]) {
    await control(simulator.url, `DELETE ${path}`);
  }
});

async function statuses(count: number, provider: keyof typeof requestsOf = "openai"): Promise<number[]> {
  const seen: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const response = await send(simulator.url, requestsOf[provider]("Hi"));
    await response.arrayBuffer();
    seen.push(response.status);
  }
  return seen;
}

test("a rule applies to the calls that it matches, so many times, until it is deleted", async () => {
  const match = { provider: "openai", model: "gpt-4o-mini", path: "/v1/chat/*" };
  await control(simulator.url, "POST /control/faults", { match, times: 2, fault: { status: 503 } });
  expect(await statuses(1, "anthropic")).toEqual([200]);
  expect(await statuses(3)).toEqual([503, 503, 200]);
  expect(await control(simulator.url, "GET /control/faults")).toMatchObject({
    faults: [{ applied: 2, times: 2 }],
  });
  await control(simulator.url, "POST /control/faults", [{ fault: { status: 500, "retry-after": 1 } }]);
  expect(await statuses(1, "gemini")).toEqual([500]);
  await control(simulator.url, "DELETE /control/faults");
  expect(await statuses(1)).toEqual([200]);
});

test("a probability chooses the same calls for the same seed", async () => {
  const run = async () => {
    await control(simulator.url, "DELETE /control/faults");
    await control(simulator.url, "POST /control/faults", {
      probability: 0.5,
      seed: 7,
      fault: { status: 500 },
    });
    return statuses(20);
  };
  const first = await run();
  expect(new Set(first)).toEqual(new Set([200, 500]));
  expect(await run()).toEqual(first);
});

test("a directive in the prompt wins over a rule", async () => {
  await control(simulator.url, "POST /control/faults", { fault: { status: 500 } });
  expect((await send(simulator.url, requestsOf.openai("[[sim status=429]]"))).status).toBe(429);
});

test.each([{ fault: { nonsense: 1 } }, { faults: {} }, { match: { provider: "none" }, fault: {} }])(
  "the rule %o is refused",
  async (rule) => {
    const response = await fetch(`${simulator.url}/control/faults`, {
      method: "POST",
      body: JSON.stringify(rule),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toHaveProperty("error");
  },
);

test("received requests are shown with shortened keys", async () => {
  const request = requestsOf.openai("Hi");
  await send(simulator.url, {
    ...request,
    headers: { authorization: "Bearer sk-secret-1234", "x-extra": "seen" },
  });
  await fetch(`${simulator.url}/v1beta/models?key=secret-gemini-5678`);
  const { requests } = (await control(simulator.url, "GET /control/requests?limit=2")) as {
    requests: unknown[];
  };
  expect(requests).toMatchObject([
    {
      method: "POST",
      path: "/v1/chat/completions",
      headers: { authorization: "…1234", "x-extra": "seen" },
      body: request.body,
    },
    { method: "GET", path: "/v1beta/models?key=…5678" },
  ]);
  expect(JSON.stringify(requests)).not.toContain("secret");
  await control(simulator.url, "DELETE /control/requests");
  expect(await control(simulator.url, "GET /control/requests")).toEqual({ requests: [] });
});

test("the bill is paged, filtered and cleared, and its totals are over all pages", async () => {
  await statuses(3);
  const since = Date.now();
  await statuses(2, "anthropic");
  const first = (await control(simulator.url, "GET /bill?limit=2")) as { rows: unknown[]; next: string };
  expect(first).toMatchObject({ rows: [{}, {}], totals: { calls: 5, inputTokens: 20, outputTokens: 100 } });
  const second = await control(simulator.url, `GET /bill?limit=10&cursor=${first.next}`);
  expect(second).toMatchObject({ rows: [{}, {}, {}], totals: { calls: 5 }, next: null });
  expect(await control(simulator.url, `GET /bill?since=${since}&provider=anthropic`)).toMatchObject({
    totals: { calls: 2 },
  });
  await control(simulator.url, "DELETE /bill");
  expect(await control(simulator.url, "GET /bill")).toMatchObject({
    rows: [],
    totals: { calls: 0 },
    next: null,
  });
});

test("the state counts calls by their end", async () => {
  await statuses(2);
  await send(simulator.url, requestsOf.openai("[[sim status=500]]"));
  await expect
    .poll(() => control(simulator.url, "GET /control/state"))
    .toEqual({
      openCalls: 0,
      peakOpenCalls: 1,
      calls: 3,
      completedCalls: 2,
      abortedCalls: 0,
      failedCalls: 1,
    });
});

test("an unknown path of the control API is not found", async () => {
  expect((await fetch(`${simulator.url}/control/nothing`)).status).toBe(404);
});
