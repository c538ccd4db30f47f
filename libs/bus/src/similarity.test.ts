import type { RememberedQuestion, SimilarAnswer } from "@sluice/contracts/similar-reply";
import { afterEach, expect, test } from "vitest";
import { connectionOf } from "./internal/connection.ts";
import { type SimilarityHandlers, serveSimilarity } from "./serve-similarity.ts";
import { findSimilar, forgetQuestion, type QuestionVector, rememberQuestion } from "./similarity.ts";
import { useTestBus } from "./testing/use-test-bus.ts";

const { connect } = useTestBus();

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

const none: SimilarityHandlers = {
  find: () => Promise.resolve({ replies: [] }),
  remember: () => Promise.resolve(),
  forget: () => Promise.resolve(),
};

/** A ledger that does what is given, and nothing else. */
async function serve(handlers: Partial<SimilarityHandlers>): Promise<void> {
  const bus = await connect("ledger");
  const served = serveSimilarity(bus, { ...none, ...handlers });
  await connectionOf(bus).flush();
  stops.push(() => served.stop());
}

const question = { partition: "p", vector: [0.5, -0.25, 1], threshold: 0.9 };
const patient = 10_000;

test("each router gets the answer to its own question", async () => {
  await serve({
    find: ({ partition, vector, threshold }) =>
      Promise.resolve({ replies: [{ key: `${partition} ${vector.join(" ")}`, similarity: threshold }] }),
  });
  const routers = await Promise.all([connect("router"), connect("router")]);
  const asked = routers.flatMap((router, index) =>
    ["a", "b"].map((name) => findSimilar(router, { ...question, partition: `${name}${index}` }, patient)),
  );
  expect(await Promise.all(asked)).toEqual(
    ["a0", "b0", "a1", "b1"].map((name) => ({
      replies: [{ key: `${name} 0.5 -0.25 1`, similarity: 0.9 }],
    })),
  );
});

test("of several ledgers one is told", async () => {
  const told: QuestionVector<RememberedQuestion>[] = [];
  const forgotten: string[] = [];
  const take: Partial<SimilarityHandlers> = {
    remember: async (each) => void told.push(each),
    forget: async ({ key }) => void forgotten.push(key),
  };
  await serve(take);
  await serve(take);
  const router = await connect("router");
  const remembered = { partition: "p", key: "k", vector: [0.5, 1], ttlMs: 1000 };
  rememberQuestion(router, remembered);
  forgetQuestion(router, { partition: "p", key: "k" });
  // What was sent before it has been read once this is answered.
  await expect.poll(() => [told, forgotten]).toEqual([[remembered], ["k"]]);
});

test("a ledger that says why it does not know is heard", async () => {
  const answer: SimilarAnswer = { fault: "no_pgvector" };
  await serve({ find: () => Promise.resolve(answer) });
  expect(await findSimilar(await connect("router"), question, patient)).toEqual(answer);
});

test("no ledger, and one that says nothing, are no error", async () => {
  const router = await connect("router");
  expect(await findSimilar(router, question, patient)).toEqual({ fault: "no_ledger" });
  const { promise, resolve } = Promise.withResolvers<SimilarAnswer>();
  await serve({ find: () => promise });
  expect(await findSimilar(router, question, 20)).toEqual({ fault: "slow_ledger" });
  resolve({ replies: [] });
});

test("a bus that is gone is no error", async () => {
  const router = await connect("router");
  await router.drain();
  expect(await findSimilar(router, question, patient)).toEqual({ fault: "no_bus" });
  rememberQuestion(router, { partition: "p", key: "k", vector: [1], ttlMs: 1 });
});
