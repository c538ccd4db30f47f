import { expect, test } from "vitest";
import { invalidationSubjects } from "../domain/kept-reply.ts";
import { keptReply } from "../testing/kept-replies.ts";
import { startTestReplyCache } from "../testing/test-reply-cache.ts";

const subjectsOf = (key: string, tags: string[] = [], models = ["gpt-4o"]): string[] =>
  invalidationSubjects({ key, models, tags });

test("what is kept is there for every router, until its time is over", async () => {
  const { connect } = await startTestReplyCache();
  const [{ cache, redis }, { cache: other }] = [await connect(), await connect()];
  const before = await other.lookUp("a", subjectsOf("a"));
  expect(before).toMatchObject({
    reply: undefined,
    generations: { all: "", "key:a": "", "model:gpt-4o": "" },
  });
  const reply = keptReply("{}", before?.generations ?? {}, 60_000);
  await cache.put("a", reply);
  expect(await other.lookUp("a", subjectsOf("a"))).toMatchObject({ reply });
  expect(await other.lookUp("b", subjectsOf("b"))).toMatchObject({ reply: undefined });
  const leftMs = await redis.pttl("sluice:cache:{a}:reply");
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(60_000);
});

test.each([
  ["all", ["all"], []],
  ["its key", ["key:a"], ["b", "c"]],
  ["its model", ["model:gpt-4o"], ["c"]],
  ["a tag of its own", ["tag:faq"], ["b", "c"]],
  ["a tag that others have", ["tag:docs"], ["c"]],
  ["another model and tag", ["model:gpt-5", "tag:none"], ["a", "b"]],
])("by %s replies are invalidated on every router, and those of others are not", async (_by, by, left) => {
  const { connect } = await startTestReplyCache();
  const [{ cache }, { cache: other }] = [await connect(), await connect()];
  const kept: Record<string, string[]> = {
    a: subjectsOf("a", ["faq", "docs"]),
    b: subjectsOf("b", ["docs"]),
    c: subjectsOf("c", [], ["gpt-5"]),
  };
  for (const [key, subjects] of Object.entries(kept)) {
    const found = await cache.lookUp(key, subjects);
    await cache.put(key, keptReply(key, found?.generations ?? {}));
  }
  await other.invalidate(by);
  const found: string[] = [];
  for (const key of Object.keys(kept)) {
    // Who asks without the tags of whoever kept it finds out by them all the same.
    const { reply } = (await cache.lookUp(key, subjectsOf(key))) ?? {};
    if (reply !== undefined) found.push(reply.body);
  }
  expect(found).toEqual(left);
});

test("a reply that was asked for before an invalidation, and comes after it, is none", async () => {
  const { connect } = await startTestReplyCache();
  const { cache } = await connect();
  const subjects = subjectsOf("a", ["faq"]);
  const asked = await cache.lookUp("a", subjects);
  await cache.invalidate(["tag:faq"]);
  await cache.put("a", keptReply("old", asked?.generations ?? {}));
  const after = await cache.lookUp("a", subjects);
  expect(after?.reply).toBeUndefined();
  expect(await cache.areCurrent(asked?.generations ?? {})).toBe(false);
  expect(await cache.areCurrent(after?.generations ?? {})).toBe(true);
  await cache.put("a", keptReply("new", after?.generations ?? {}));
  expect((await cache.lookUp("a", subjects))?.reply?.body).toBe("new");
});

test("what an earlier release has kept in another form is no reply", async () => {
  const { connect } = await startTestReplyCache();
  const { cache, redis } = await connect();
  await redis.set("sluice:cache:{a}:reply", '{"storedAtMs":1,"headers":{},"body":"x"}');
  expect((await cache.lookUp("a", subjectsOf("a")))?.reply).toBeUndefined();
});

test("without Redis nothing is found, nobody has a turn, and nothing fails", async () => {
  const { connect, server } = await startTestReplyCache();
  const { cache } = await connect();
  await server.stop();
  expect(await cache.lookUp("a", subjectsOf("a"))).toBeUndefined();
  expect(await cache.takeTurn("a", "me", 1000)).toBeUndefined();
  expect(await cache.areCurrent({ all: "" })).toBe(false);
  await cache.put("a", keptReply("x", {}));
  await expect(cache.invalidate(["all"])).rejects.toThrow();
});
