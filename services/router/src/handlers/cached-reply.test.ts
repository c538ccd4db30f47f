import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { noUsage, type Usage } from "@sluice/contracts/usage";
import { cachingForTime } from "@sluice/resources/compiled-caching";
import type { ModelTarget } from "@sluice/resources/find-target";
import { expect, test } from "vitest";
import type { ReplyCache } from "../adapters/reply-cache.ts";
import { SharedCalls } from "../adapters/shared-calls.ts";
import { startTestReplyCache } from "../testing/test-reply-cache.ts";
import { cachedReply } from "./cached-reply.ts";

const caching = { ...cachingForTime(60_000), maxBytes: 1024 };
const target = { caching, backendName: "gpt", providerModel: "gpt-4o" } as unknown as ModelTarget;
const body = '{"model":"gpt-4o","messages":[]}';
const used: Promise<Usage> = Promise.resolve({ ...noUsage, outputTokens: 7 });

/** Requests to a router, with all that goes on behind them. */
function routerWith(cache: ReplyCache) {
  const working = new Set<Promise<void>>();
  const parts = {
    cache,
    sharedCalls: new SharedCalls(cache),
    background: (work: Promise<void>) => void working.add(work),
  };
  const ask = (headers: Record<string, string> = {}, own: Partial<ModelTarget> = {}) => {
    const envelope = {
      dialect: "openai",
      operation: "chat",
      model: "gpt-4o",
      stream: false,
      streamFraming: "sse",
      headers,
      identity: { keyId: "key_a", team: "search", tags: [] },
    } as unknown as IdentifiedEnvelope;
    const embed = () => Promise.reject(new Error("no question is compared here"));
    return cachedReply(parts, envelope, { ...target, ...own }, { body, embed });
  };
  const find = (cached: ReturnType<typeof ask>) =>
    cached?.find({ beforeWaiting: async () => undefined, signal: new AbortController().signal });
  return { ask, find, settled: () => Promise.all(working) };
}

function replyOf(text: string) {
  return {
    headers: { "content-type": "application/json" },
    body: text,
    backendName: "gpt",
    providerModel: "gpt-4o",
  };
}

async function startRouter() {
  const { connect, server } = await startTestReplyCache();
  return { server, ...routerWith((await connect()).cache) };
}

test("a reply that is kept is found by the next, with what its call used", async () => {
  const { ask, find, settled } = await startRouter();
  const first = ask();
  expect(await find(first)).toBeUndefined();
  expect(first?.headers).toEqual({ "x-sluice-cache": "miss", "x-sluice-cache-key": expect.any(String) });
  first?.keep(replyOf("{}"), used);
  first?.over();
  const second = ask();
  expect(await find(second)).toMatchObject({ body: "{}", usage: { outputTokens: 7 } });
  expect(second?.headers).toEqual({ ...first?.headers, "x-sluice-cache": "hit" });
  await settled();
});

test("a reply that is too large is not kept, and nobody waits for the next", async () => {
  const { ask, find } = await startRouter();
  const [first, second] = [ask(), ask()];
  expect(await find(first)).toBeUndefined();
  first?.keep(replyOf("x".repeat(1025)), used);
  expect(await find(second)).toBeUndefined();
  expect(await find(ask())).toBeUndefined();
});

test("a request that ends without a reply lets the next one call", async () => {
  const { ask, find } = await startRouter();
  const [first, second] = [ask(), ask()];
  await find(first);
  const waiting = find(second);
  first?.over();
  expect(await waiting).toBeUndefined();
  expect(second?.result).toBe("miss");
});

test.each(["before", "after"])("a reply that is rejected %s it is kept is not given", async (when) => {
  const { ask, find, settled } = await startRouter();
  const first = ask();
  await find(first);
  const usage = Promise.withResolvers<Usage>();
  first?.keep(replyOf("{}"), usage.promise);
  first?.over();
  if (when === "before") first?.reject();
  usage.resolve(noUsage);
  await settled();
  if (when === "after") {
    const hit = ask();
    expect(await find(hit)).toBeDefined();
    hit?.over();
    hit?.reject();
  }
  await expect
    .poll(async () => {
      const next = ask({ "cache-control": "max-age=600" });
      const found = await find(next);
      next?.over();
      return found;
    })
    .toBeUndefined();
});

test("what is not to be looked up is not, and what is not to be called is 504", async () => {
  const { ask, find, settled } = await startRouter();
  const bypassing = ask({ "cache-control": "no-store" });
  expect(await find(bypassing)).toBeUndefined();
  expect([bypassing?.headers, bypassing?.collector()]).toEqual([{ "x-sluice-cache": "bypass" }, undefined]);
  const only = { "cache-control": "only-if-cached" };
  await expect(find(ask(only))).rejects.toMatchObject({ code: "not_cached", status: 504 });
  expect(() => ask(only, { caching: undefined })).toThrow("No reply to this request is cached");
  expect(ask({}, { caching: undefined })).toBeUndefined();
  const refreshing = ask({ "cache-control": "no-cache" });
  expect([await find(refreshing), refreshing?.result]).toEqual([undefined, "refresh"]);
  refreshing?.keep(replyOf("new"), used);
  await settled();
  expect(await find(ask(only))).toMatchObject({ body: "new" });
});

test("without Redis every request is a miss, and calls for itself", async () => {
  const { ask, find, settled, server } = await startRouter();
  const holder = ask();
  await find(holder);
  const waiting = find(ask());
  await server.stop();
  expect(await find(ask())).toBeUndefined();
  holder?.keep(replyOf("{}"), used);
  await settled();
  expect(await waiting).toBeUndefined();
});
