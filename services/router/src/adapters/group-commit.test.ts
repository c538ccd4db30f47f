import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { GroupCommit } from "./group-commit.ts";

const long = 60_000;

/** Hands over to a list; each group is under way until `end` is called for it. */
function startCommits({ maxItems = 10, maxWaitMs = long }: { maxItems?: number; maxWaitMs?: number } = {}) {
  const groups: string[][] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const commit = new GroupCommit<string>({
    flush: (items) => {
      groups.push(items);
      const end = Promise.withResolvers<void>();
      ends.push(end);
      return end.promise;
    },
    maxItems,
    maxWaitMs,
  });
  return { commit, groups, ends };
}

test("what is added in one turn goes together, at its end", async () => {
  const { commit, groups, ends } = startCommits();
  const added = [commit.add("a"), commit.add("b")];
  expect(groups).toEqual([]);
  await nextTurn();
  expect(groups).toEqual([["a", "b"]]);
  ends[0]?.resolve();
  await Promise.all(added);
});

test("what comes while a group is under way goes together when that has arrived", async () => {
  const { commit, groups, ends } = startCommits();
  void commit.add("a");
  await nextTurn();
  const later = [commit.add("b")];
  await nextTurn();
  later.push(commit.add("c"));
  await nextTurn();
  expect(groups).toEqual([["a"]]);
  ends[0]?.resolve();
  await expect.poll(() => groups).toEqual([["a"], ["b", "c"]]);
  ends[1]?.resolve();
  await Promise.all(later);
});

test("a group that is long under way holds the next one up for a limited time", async () => {
  const { commit, groups } = startCommits({ maxWaitMs: 5 });
  void commit.add("a");
  await nextTurn();
  void commit.add("b");
  await expect.poll(() => groups).toEqual([["a"], ["b"]]);
});

test("as many as fit together go at once, and the rest after them", async () => {
  const { commit, groups, ends } = startCommits({ maxItems: 2 });
  const added = ["a", "b", "c", "d", "e"].map((item) => commit.add(item));
  await nextTurn();
  expect(groups).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
  for (const end of ends) end.resolve();
  await expect.poll(() => groups).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  ends[2]?.resolve();
  await Promise.all(added);
});

test("a group that fails fails for those in it alone, and the next one goes on", async () => {
  const { commit, ends } = startCommits();
  const first = [commit.add("a"), commit.add("b")];
  await nextTurn();
  const second = commit.add("c");
  ends[0]?.reject(new Error("not taken"));
  const results = await Promise.allSettled(first);
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await expect.poll(() => ends.length).toBe(2);
  ends[1]?.resolve();
  await second;
});
