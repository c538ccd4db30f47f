import { seededRandom } from "@sluice/bus/testing/seeded-random";
import { sql } from "kysely";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { databaseKinds, openTestDatabase, type TestDatabase } from "../testing/test-database.ts";
import { SimilarQuestionStore } from "./similar-question-store.ts";
import { NoPgvectorError } from "./similar-question-table.ts";

const day = 86_400_000;

async function hasPgvector({ kysely }: TestDatabase): Promise<boolean> {
  const { rows } = await sql`select from pg_available_extensions where name = 'vector'`.execute(kysely);
  return rows.length > 0;
}

describe("where there is pgvector", () => {
  let database: TestDatabase;
  let store: SimilarQuestionStore;
  beforeAll(async () => {
    database = await openTestDatabase("pglite");
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await sql`drop table if exists similar_questions`.execute(database.kysely);
    store = new SimilarQuestionStore(database.kysely, { compared: 20, kept: 30 });
  });

  const remember = (key: string, vector: number[], partition = "p", ttlMs = day) =>
    store.remember({ partition, key, vector, ttlMs });
  const find = async (vector: number[], threshold = 0.9, partition = "p") =>
    (await store.find({ partition, vector, threshold })).map(({ key }) => key);

  test("the most similar come first, and only those that are similar enough", async () => {
    await remember("far", [0, 1, 0]);
    await remember("near", [1, 0.1, 0]);
    await remember("nearer", [10, 0.5, 0]);
    await remember("same", [2, 0, 0]);
    await remember("opposite", [-1, 0, 0]);
    expect(await find([1, 0, 0])).toEqual(["same", "nearer", "near"]);
    expect(await find([1, 0, 0], 1)).toEqual(["same"]);
    const [first, second] = await store.find({ partition: "p", vector: [1, 0, 0], threshold: 0.9 });
    expect(first?.similarity).toBe(1);
    expect(second?.similarity).toBeCloseTo(1 / Math.hypot(1, 0.05), 6);
  });

  test("nothing is found in another partition, nor among vectors of another length", async () => {
    await remember("a", [1, 0], "team-a");
    await remember("b", [1, 0], "team-b");
    await remember("longer", [1, 0, 0], "team-a");
    expect(await find([1, 0], 0, "team-a")).toEqual(["a"]);
    expect(await find([1, 0], 0, "team-b")).toEqual(["b"]);
    expect(await find([1, 0], 0, "team-c")).toEqual([]);
  });

  test("whatever the partitions and the vectors are, what is found is of the same partition", async () => {
    const random = seededRandom(7);
    const partitions = ["a", "b", "c", "a'", "A"];
    const vectors = Array.from({ length: 15 }, () => [random() - 0.5, random() - 0.5, random() - 0.5]);
    for (const [index, vector] of vectors.entries()) {
      const partition = partitions[index % partitions.length] ?? "";
      await remember(`${partition}/${index}`, vector, partition);
    }
    for (const partition of partitions) {
      for (const vector of vectors) {
        const found = await find(vector, 0, partition);
        expect(found.filter((key) => !key.startsWith(`${partition}/`))).toEqual([]);
      }
    }
  });

  test("what is past its time is not found, and is deleted", async () => {
    await remember("short", [1, 0], "p", 1);
    await remember("long", [1, 0]);
    await expect.poll(() => find([1, 0])).toEqual(["long"]);
    expect(await store.tidy()).toBe(1);
  });

  test("a question that is remembered again has the new vector and time", async () => {
    await remember("k", [0, 1], "p", 1);
    await remember("k", [1, 0]);
    expect(await find([1, 0])).toEqual(["k"]);
    expect(await find([0, 1])).toEqual([]);
  });

  test("a question that is forgotten is not found", async () => {
    await remember("k", [1, 0]);
    await remember("k", [1, 0], "other");
    await store.forget({ partition: "p", key: "k" });
    expect(await find([1, 0])).toEqual([]);
    expect(await find([1, 0], 0.9, "other")).toEqual(["k"]);
  });

  /** Which of two came later shows by the milliseconds of PGlite's clock. */
  const rememberLater = async (...question: Parameters<typeof remember>) => {
    const nowMs = Date.now();
    await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(nowMs + 1);
    await remember(...question);
  };

  test("the latest are compared, and the oldest go where there are too many", async () => {
    for (let index = 1; index <= 25; index++) await rememberLater(`k${index}`, [1, index / 1000]);
    expect(await find([1, 0.001], 0.9)).toEqual(["k6", "k7", "k8"]);
    expect(await store.tidy()).toBe(20);
    for (let index = 1; index <= 15; index++) await rememberLater(`o${index}`, [1, index], "other");
    expect(await store.tidy()).toBe(30);
    expect(await find([1, 0.001], 0.9)).toEqual(["k11", "k12", "k13"]);
  });

  test("vectors without a direction, of no number or of too many are left alone", async () => {
    for (const vector of [[], [0, 0], [Number.NaN, 1], [Infinity, 1], Array<number>(4097).fill(1)]) {
      await remember("k", vector);
      expect(await find(vector, 0)).toEqual([]);
    }
    expect(await store.tidy()).toBe(0);
    const longest = Array.from({ length: 4096 }, (_, index) => Math.sin(index));
    await remember("longest", longest);
    expect(await find(longest)).toEqual(["longest"]);
  });

  test("a table that is dropped is made again", async () => {
    await remember("k", [1, 0]);
    await sql`drop table similar_questions`.execute(database.kysely);
    expect(await find([1, 0])).toEqual([]);
    await remember("k", [1, 0]);
    expect(await find([1, 0])).toEqual(["k"]);
  });

  test("what was never used has made no table", async () => {
    expect(await store.tidy()).toBe(0);
    const { rows } = await sql`select to_regclass('similar_questions') as name`.execute(database.kysely);
    expect(rows).toEqual([{ name: null }]);
  });

  test("several that make the table at the same time do not get in each other's way", async () => {
    const stores = Array.from({ length: 4 }, () => new SimilarQuestionStore(database.kysely));
    await Promise.all(
      stores.map((each, index) =>
        each.remember({ partition: "p", key: `k${index}`, vector: [1, index / 100], ttlMs: day }),
      ),
    );
    expect(await find([1, 0])).toEqual(["k0", "k1", "k2"]);
  });
});

test.each(databaseKinds)(
  "on %s it works where there is pgvector, and says so where there is none",
  async (kind) => {
    const database = await openTestDatabase(kind);
    try {
      const isThere = await hasPgvector(database);
      const store = new SimilarQuestionStore(database.kysely);
      const question = { partition: "p", key: "k", vector: [1, 0.5], ttlMs: day };
      const outcome = await store.remember(question).then(
        async () => await store.find({ ...question, threshold: 0.99 }),
        (error: unknown) => error,
      );
      expect(outcome).toEqual(isThere ? [{ key: "k", similarity: 1 }] : expect.any(NoPgvectorError));
      expect(await store.tidy()).toBe(isThere ? 1 : 0);
    } finally {
      await database.close();
    }
  },
);
