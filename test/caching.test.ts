import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { askLedger, settledCalls } from "./support/ledger.ts";
import { type Mesh, startMesh } from "./support/mesh.ts";
import { type ClientDialect, clientDialects, type RawChat, sendChat } from "./support/raw-request.ts";
import { runSluice } from "./support/run-sluice.ts";
import { billRows } from "./support/simulator.ts";

const configuration = `
models:
  - gpt-*
  - { name: gpt-careful, backend: openai, caching: { ttl: 1h, maxTemperature: 0.5, tags: [careful] } }
  - { name: gpt-limited, backend: openai, limits: [{ tokens: 100000, interval: 1d }] }
  - { name: gpt-never, backend: openai, caching: false }
  - { name: gpt-guarded, backend: openai, guardPolicies: [no-cards] }
  - claude-*
  - gemini-*
virtualModels:
  - { name: pooled, targets: [gpt-one, gpt-two] }
defaults:
  caching: { ttl: 1h }
guardPolicies:
  no-cards:
    reply: [{ detector: credit_card, action: block }]
keys:
  - { name: red, team: red, value: { env: RED_KEY } }
  - { name: red-too, team: red, value: { env: RED_TOO_KEY } }
  - { name: blue, team: blue, value: { env: BLUE_KEY } }
prices:
  - { model: "*", usdPerMillionTokens: { input: 1, output: 10 } }
`;

const environment = {
  RED_KEY: `sk-sluice-${"r".repeat(43)}`,
  RED_TOO_KEY: `sk-sluice-${"s".repeat(43)}`,
  BLUE_KEY: `sk-sluice-${"b".repeat(43)}`,
};

let mesh: Mesh;
beforeAll(async () => {
  mesh = await startMesh({ configuration, environment, replicas: "router=2" });
});
afterAll(async () => {
  await mesh?.stop();
});

let questions = 0;
/** A text that nobody has asked before. */
const newQuestion = (directive = ""): string => `Question ${++questions}? ${directive}`;

const models: Record<ClientDialect, string> = {
  openai: "gpt-4o",
  anthropic: "claude-haiku-4-5",
  gemini: "gemini-2.5-flash",
};

async function ask(chat: Partial<RawChat>) {
  const response = await sendChat(mesh, { dialect: "openai", model: "gpt-4o", text: "Hi", ...chat });
  return {
    status: response.status,
    cache: response.headers.get("x-sluice-cache"),
    headers: response.headers,
    requestId: response.headers.get("x-request-id"),
    text: await response.text(),
  };
}

async function spendOf(model: string): Promise<unknown> {
  return await (await askLedger(mesh, `/v1/spend?group_by=model,team&model=${model}`)).json();
}

test.each(clientDialects)(
  "%s: a reply and a stream are given again as they were, each for itself",
  async (dialect) => {
    const model = models[dialect];
    const before = await billRows(mesh, model);
    const text = newQuestion("[[sim chunks=12]]");
    for (const stream of [false, true]) {
      const first = await ask({ dialect, model, text, stream });
      const again = await ask({ dialect, model, text, stream });
      expect([first.status, first.cache, again.cache]).toEqual([200, "miss", "hit"]);
      expect(again.text).toBe(first.text);
      expect(again.headers.get("content-type")).toBe(first.headers.get("content-type"));
      expect(again.headers.get("x-sluice-cache-key")).toBe(first.headers.get("x-sluice-cache-key"));
      expect(again.headers.get("age")).toMatch(/^\d+$/);
      const [call] = await settledCalls(mesh, again.requestId);
      expect(call).toMatchObject({
        outcome: "cached",
        costUsd: "0",
        inputTokens: 0,
        outputTokens: 0,
        savedOutputTokens: 12,
      });
      const [paid] = await settledCalls(mesh, first.requestId);
      expect(call?.savedUsd).toBe(paid?.costUsd);
    }
    expect(await billRows(mesh, model)).toHaveLength(before.length + 2);
  },
);

test("60 requests at once, at two routers, are one call, and the ledger says what that saved", async () => {
  const model = "gpt-crowded";
  const text = newQuestion("[[sim chunks=20 latency-ms=300]]");
  const crowd = await Promise.all(
    Array.from({ length: 60 }, (_, index) => ask({ model, text, stream: index % 2 === 0 })),
  );
  expect(crowd.map(({ status }) => status)).toEqual(crowd.map(() => 200));
  // Streams and plain replies are two requests.
  expect(await billRows(mesh, model)).toHaveLength(2);
  expect(crowd.filter(({ cache }) => cache === "hit")).toHaveLength(58);
  expect(new Set(crowd.map((reply) => reply.text)).size).toBe(2);
  const bill = await billRows(mesh, model);
  const [one] = bill;
  const tokens = (one?.inputTokens ?? 0) + 10 * (one?.outputTokens ?? 0);
  await expect
    .poll(() => spendOf(model), { timeout: 15_000, interval: 100 })
    .toMatchObject({
      rows: [
        {
          model,
          requests: 60,
          calls: 2,
          cacheHits: 58,
          costUsd: String((tokens * 2) / 1e6),
          savedUsd: String((tokens * 58) / 1e6),
          savedOutputTokens: 58 * 20,
          unpricedCacheHits: 0,
        },
      ],
    });
});

test("when the client goes away whose request calls, the others get a reply all the same", async () => {
  const model = "gpt-left";
  const text = newQuestion("[[sim chunks=20 latency-ms=1500]]");
  const leaving = new AbortController();
  const gone = ask({ model, text, signal: leaving.signal }).catch(() => "gone");
  const atProvider = async (): Promise<number> => {
    const response = await fetch(`${mesh.simulatorUrl}/control/requests?limit=1000`);
    return JSON.stringify(await response.json()).split(`"${model}"`).length - 1;
  };
  await expect.poll(atProvider).toBe(1);
  const others = [ask({ model, text }), ask({ model, text }), ask({ model, text })];
  leaving.abort();
  expect(await gone).toBe("gone");
  const replies = await Promise.all(others);
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(replies.map(({ cache }) => cache).toSorted()).toEqual(["hit", "hit", "miss"]);
});

test("of several targets one's reply answers for all, and teams share nothing with each other", async () => {
  const text = newQuestion();
  const asked = async (key: string) => (await ask({ model: "pooled", text, key })).cache;
  expect(await asked(environment.RED_KEY)).toBe("miss");
  // Whichever target each of them would have got.
  for (let time = 0; time < 5; time++) expect(await asked(environment.RED_TOO_KEY)).toBe("hit");
  expect(await asked(environment.BLUE_KEY)).toBe("miss");
});

test("a client says by Cache-Control what it takes", async () => {
  const text = newQuestion();
  const says = async (control: string) => await ask({ text, headers: { "cache-control": control } });
  const none = await says("only-if-cached");
  expect([none.status, JSON.parse(none.text)]).toMatchObject([504, { error: { code: "not_cached" } }]);
  expect(none.headers.get("x-should-retry")).toBe("false");
  expect((await says("no-store")).cache).toBe("bypass");
  expect((await ask({ text })).cache).toBe("miss");
  const kept = await says("only-if-cached, max-age=600");
  expect(kept.cache).toBe("hit");
  const refreshed = await says("no-cache");
  expect(refreshed.cache).toBe("refresh");
  expect(refreshed.text).not.toBe(kept.text);
  await expect.poll(async () => (await ask({ text })).text).toBe(refreshed.text);
  expect((await says("min-fresh=7200")).cache).toBe("miss");
  const never = await ask({ model: "gpt-never", text, headers: { "cache-control": "only-if-cached" } });
  expect([never.status, never.cache]).toEqual([504, null]);
});

test("what a policy leaves out is not cached, nor is what failed or broke off", async () => {
  const post = async (body: object): Promise<string | null> => {
    const response = await fetch(`${mesh.gateway}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${mesh.apiKey}` },
      body: JSON.stringify({ messages: [{ role: "user", content: newQuestion() }], ...body }),
    });
    await response.text();
    return response.headers.get("x-sluice-cache");
  };
  const tools = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }];
  expect(await post({ model: "gpt-4o", tools })).toBe("bypass");
  expect(await post({ model: "gpt-careful", temperature: 0.9 })).toBe("bypass");
  expect(await post({ model: "gpt-careful", temperature: 0.2 })).toBe("miss");
  expect(await post({ model: "gpt-never" })).toBeNull();

  const cut = newQuestion("[[sim chunks=9 cut-after=3]]");
  for (let time = 0; time < 2; time++) {
    expect((await ask({ model: "gpt-cut", text: cut, stream: true })).text).toContain("error");
  }
  expect((await billRows(mesh, "gpt-cut")).length).toBeGreaterThanOrEqual(2);
});

test("a reply that the guard blocks is dropped, be it a hit", async () => {
  const text = newQuestion('[[sim say="Card 4111 1111 1111 1111."]]');
  const blocked = async () => {
    const { status, text: body } = await ask({ model: "gpt-guarded", text });
    expect([status, body]).toEqual([400, expect.stringContaining("content_policy_violation")]);
    return (await billRows(mesh, "gpt-guarded")).length;
  };
  expect(await blocked()).toBe(1);
  // What comes before the router has heard of it may be that reply, which is blocked for this one too.
  await expect.poll(blocked, { timeout: 10_000 }).toBe(2);
  const harmless = newQuestion();
  expect((await ask({ model: "gpt-guarded", text: harmless })).cache).toBe("miss");
  expect((await ask({ model: "gpt-guarded", text: harmless })).cache).toBe("hit");
});

test("a hit uses nothing of a limit of tokens", async () => {
  const text = newQuestion("[[sim chunks=50]]");
  const remaining = async () => {
    const { headers, cache } = await ask({ model: "gpt-limited", text });
    return [cache, Number(headers.get("x-ratelimit-remaining-tokens"))] as const;
  };
  const [first, before] = await remaining();
  expect(first).toBe("miss");
  // What was reserved beyond what was used is given back when it is settled.
  await expect.poll(async () => (await remaining())[1]).toBeGreaterThan(before - 100);
  const [again, left] = await remaining();
  expect(again).toBe("hit");
  await expect.poll(async () => (await remaining())[1]).toBe(left);
});

test("replies are invalidated by tag, model and key, for all routers", async () => {
  const [tagged, plain] = [newQuestion(), newQuestion()];
  const headers = { "x-sluice-cache-tags": "handbook" };
  await ask({ text: tagged, headers });
  const { headers: kept } = await ask({ text: plain });
  const now = async (): Promise<(string | null)[]> => [
    (await ask({ text: tagged })).cache,
    (await ask({ text: plain })).cache,
  ];
  const invalidate = async (...by: string[]): Promise<string> => {
    const { code, out, error } = await runSluice(mesh, "cache", "invalidate", ...by);
    expect([code, error]).toEqual([0, ""]);
    return out;
  };
  expect(await now()).toEqual(["hit", "hit"]);
  expect(await invalidate("--tag", "handbook")).toBe(
    "No router gives cached replies with the tag handbook any more.\n",
  );
  expect(await now()).toEqual(["miss", "hit"]);
  await invalidate("--key", kept.get("x-sluice-cache-key") ?? "");
  expect(await now()).toEqual(["hit", "miss"]);
  await invalidate("--model", "gpt-4o");
  expect(await now()).toEqual(["miss", "miss"]);
  expect(await now()).toEqual(["hit", "hit"]);
});

test("a file of requests warms the cache", async () => {
  const [chat, message] = [newQuestion(), newQuestion()];
  const lines = [
    { model: "gpt-4o", messages: [{ role: "user", content: chat }], stream: false },
    {
      path: "/v1/messages",
      headers: { "anthropic-version": "2023-06-01" },
      body: {
        model: "gpt-4o",
        stream: false,
        max_tokens: 1024,
        messages: [{ role: "user", content: message }],
      },
    },
  ].map((line) => JSON.stringify(line));
  await writeFile(join(mesh.dataDir, "warm.jsonl"), lines.join("\n"));
  const first = await runSluice(mesh, "cache", "warm", "warm.jsonl");
  expect(first).toEqual({
    code: 0,
    out: "2 cached, 0 were cached before, 0 not cached, 0 failed.\n",
    error: "",
  });
  expect((await ask({ text: chat })).cache).toBe("hit");
  expect((await ask({ dialect: "anthropic", text: message })).cache).toBe("hit");
});
