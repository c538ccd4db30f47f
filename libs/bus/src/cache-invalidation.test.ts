import type { CacheInvalidation } from "@sluice/contracts/cache-invalidation";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BusConnection } from "./bus.ts";
import { askForCacheInvalidation, serveCacheInvalidation } from "./cache-invalidation.ts";
import { connectionOf } from "./internal/connection.ts";
import { startTestBus, type TestBus } from "./testing/test-bus.ts";

const invalidation: CacheInvalidation = {
  replies: [{ by: "tag", value: "faq" }, { by: "all" }],
  madeBy: "ada@desk",
};

let testBus: TestBus;
let operator: BusConnection;
beforeAll(async () => {
  testBus = await startTestBus();
  operator = await testBus.connectOperator();
});
afterAll(() => testBus.stop());

test("an invalidation without a router with a cache fails", async () => {
  await expect(askForCacheInvalidation(operator, invalidation)).rejects.toMatchObject({
    code: "service_unavailable",
    message: "No router with a cache is running.",
  });
});

test("one of several routers does it, and its reason comes back where it can't", async () => {
  const taken: CacheInvalidation[] = [];
  let problem: Error | undefined;
  for (let router = 0; router < 3; router++) {
    const bus = await testBus.connect("router");
    serveCacheInvalidation(bus, async (asked) => {
      taken.push(asked);
      if (problem !== undefined) throw problem;
    });
    await connectionOf(bus).flush();
  }
  await askForCacheInvalidation(operator, invalidation);
  expect(taken).toEqual([invalidation]);
  problem = new SluiceError("service_unavailable", "Redis does not answer.");
  await expect(askForCacheInvalidation(operator, invalidation)).rejects.toThrow("Redis does not answer.");
  problem = new Error("a secret detail");
  await expect(askForCacheInvalidation(operator, invalidation)).rejects.toThrow(
    "An internal error occurred.",
  );
  // What is no invalidation gets to no router.
  const empty = { ...invalidation, replies: [] };
  await expect(askForCacheInvalidation(operator, empty)).rejects.toThrow("An internal error occurred.");
  expect(taken).toHaveLength(3);
});
