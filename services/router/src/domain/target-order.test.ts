import { anonymousKeyId, type Identity } from "@sluice/contracts/identity";
import { compileSnapshot } from "@sluice/resources/compile-snapshot";
import { findTarget, type ModelTarget } from "@sluice/resources/find-target";
import { parseConfiguration } from "@sluice/resources/read-configuration";
import { snapshotSchema } from "@sluice/resources/snapshot";
import { describe, expect, it } from "vitest";
import { orderTargets, type TargetMeasures, type TargetStates } from "./target-order.ts";

const allClosed: TargetStates = { isClosed: () => true, mayPass: () => true };

/** Nothing is compared. */
const noMeasures: TargetMeasures = {
  expectedMs: () => expect.unreachable(),
  openCalls: () => expect.unreachable(),
  costNanoUsd: () => expect.unreachable(),
};

function poolOf(targets: string, sticky = "none", strategy = "weighted"): ModelTarget {
  const yaml = `
models: [gpt-a, gpt-b, gpt-c]
virtualModels: [{ name: smart, targets: [${targets}], sticky: ${sticky}, strategy: ${strategy} }]
`;
  const content = compileSnapshot(parseConfiguration(yaml, "sluice.yaml"), "/");
  const target = findTarget(snapshotSchema.parse({ ...content, revision: 1, appliedAtMs: 0 }), {
    model: "smart",
  });
  if (target?.type !== "model") throw new Error("it is no model");
  return target;
}

function order(target: ModelTarget, requestId: string, identity: Partial<Identity> = {}, states = allClosed) {
  const request = { requestId, identity: { keyId: "key-1", tags: [], ...identity } };
  return orderTargets(target, request, states, noMeasures).map(({ providerModel }) => providerModel);
}

/** How often each model is first in so many requests. */
function tally(target: ModelTarget, requests: number): Record<string, number> {
  const counts: Record<string, number> = { "gpt-a": 0, "gpt-b": 0, "gpt-c": 0 };
  for (let request = 0; request < requests; request++) {
    const [first = ""] = order(target, `request-${request}`);
    counts[first] = (counts[first] ?? 0) + 1;
  }
  return counts;
}

describe("the order of a model's targets", () => {
  it("has each of them in front as often as its weight says", () => {
    const requests = 20_000;
    const counts = tally(poolOf("{ model: gpt-a, weight: 7 }, { model: gpt-b, weight: 2 }, gpt-c"), requests);
    for (const [model, share] of Object.entries({ "gpt-a": 0.7, "gpt-b": 0.2, "gpt-c": 0.1 })) {
      // Five standard deviations of a binomial distribution: one run in 1.7 million misses by chance, and these are the same each time.
      const tolerance = 5 * Math.sqrt(requests * share * (1 - share));
      expect(Math.abs((counts[model] ?? 0) - requests * share)).toBeLessThan(tolerance);
    }
  });

  it("has the others behind, those of a higher priority and of no weight last", () => {
    const pool = poolOf("{ model: gpt-a, priority: 1 }, { model: gpt-b, weight: 0 }, gpt-c");
    expect(order(pool, "any")).toEqual(["gpt-c", "gpt-b", "gpt-a"]);
  });

  it("is the same for a request however often it is sent", () => {
    const pool = poolOf("gpt-a, gpt-b, gpt-c");
    expect(order(pool, "request-7")).toEqual(order(pool, "request-7"));
  });

  it.each([
    ["user", { user: "ann" }, { user: "ann", keyId: "key-2" }],
    ["user", { keyId: "key-2" }, { keyId: "key-2" }],
    ["key", { user: "ann" }, { user: "bob" }],
  ])("stays with a %s where that is asked for", (sticky, one, same) => {
    const pool = poolOf("gpt-a, gpt-b, gpt-c", sticky);
    const seen = new Set(
      Array.from({ length: 50 }, (_value, index) =>
        order(pool, `r-${index}`, index % 2 === 0 ? one : same).join(),
      ),
    );
    expect(seen.size).toBe(1);
    const others = new Set(
      Array.from({ length: 50 }, (_value, index) =>
        order(pool, "r", { user: `user-${index}`, keyId: `key-${index}` }).join(),
      ),
    );
    expect(others.size).toBeGreaterThan(3);
  });

  it("does not take all of whom nothing is known for one", () => {
    const pool = poolOf("gpt-a, gpt-b, gpt-c", "user");
    const seen = new Set(
      Array.from({ length: 50 }, (_value, index) => order(pool, `r-${index}`, { keyId: anonymousKeyId })[0]),
    );
    expect(seen.size).toBe(3);
  });

  it("moves only the requests of a target that is gone", () => {
    const three = poolOf("gpt-a, gpt-b, gpt-c");
    const two = poolOf("gpt-a, gpt-b");
    for (let request = 0; request < 500; request++) {
      const [before] = order(three, `request-${request}`);
      if (before !== "gpt-c") expect(order(two, `request-${request}`)[0]).toBe(before);
    }
  });

  it("has targets that fail behind those of any priority that do not", () => {
    const pool = poolOf("gpt-a, gpt-b, { model: gpt-c, priority: 1 }");
    const failing = new Set(["gpt-a", "gpt-b"]);
    const states: TargetStates = {
      isClosed: ({ providerModel }) => !failing.has(providerModel),
      mayPass: ({ providerModel }) => !failing.has(providerModel),
    };
    const [first, ...others] = order(pool, "any", {}, states);
    expect(first).toBe("gpt-c");
    expect(others.toSorted()).toEqual(["gpt-a", "gpt-b"]);
  });

  it("has in front, once, one that is to be tried", () => {
    const pool = poolOf("gpt-a, { model: gpt-b, priority: 1 }");
    let tries = 1;
    const states: TargetStates = {
      isClosed: ({ providerModel }) => providerModel !== "gpt-a",
      mayPass: ({ providerModel }) => providerModel !== "gpt-a" || tries-- > 0,
    };
    expect(order(pool, "any", {}, states)).toEqual(["gpt-a", "gpt-b"]);
    expect(order(pool, "any", {}, states)).toEqual(["gpt-b", "gpt-a"]);
  });

  it("is that of one where there is one", () => {
    expect(order({ ...poolOf("gpt-a"), pool: undefined }, "any")).toEqual(["gpt-a"]);
  });

  describe("by a strategy", () => {
    const measuresOf = (values: Record<string, number>): TargetMeasures => ({
      expectedMs: ({ providerModel }) => values[providerModel] ?? 0,
      openCalls: ({ providerModel }) => values[providerModel] ?? 0,
      costNanoUsd: ({ providerModel }) =>
        values[providerModel] === undefined ? undefined : BigInt(values[providerModel]),
    });
    const ordered = (strategy: string, values: Record<string, number>, targets: string, requests = 1000) =>
      Array.from({ length: requests }, (_value, index) => {
        const request = { requestId: `r-${index}`, identity: { keyId: "key-1", tags: [] } };
        const pool = poolOf(targets, "none", strategy);
        return orderTargets(pool, request, allClosed, measuresOf(values)).map(
          ({ providerModel }) => providerModel,
        );
      });
    const firsts = (orders: string[][]) => new Set(orders.map(([first]) => first));

    it.each(["least-latency", "least-busy"])("%s never begins with the worst of three", (strategy) => {
      const orders = ordered(strategy, { "gpt-a": 9, "gpt-b": 1, "gpt-c": 2 }, "gpt-a, gpt-b, gpt-c");
      expect(firsts(orders)).toEqual(new Set(["gpt-b", "gpt-c"]));
      // Of the three pairs that chance takes, two have the best in them.
      const best = orders.filter(([first]) => first === "gpt-b").length;
      expect(Math.abs(best - 1000 * (2 / 3))).toBeLessThan(5 * Math.sqrt(1000 * (2 / 3) * (1 / 3)));
    });

    it.each(["least-latency", "least-busy"])(
      "%s goes by weight where nothing tells them apart",
      (strategy) => {
        const orders = ordered(strategy, {}, "{ model: gpt-a, weight: 4 }, gpt-b");
        const often = orders.filter(([first]) => first === "gpt-a").length;
        expect(Math.abs(often - 800)).toBeLessThan(5 * Math.sqrt(1000 * 0.8 * 0.2));
      },
    );

    it("lowest-cost begins with the cheapest, and has what nobody knows a price of last", () => {
      const orders = ordered("lowest-cost", { "gpt-a": 3, "gpt-c": 2 }, "gpt-a, gpt-b, gpt-c", 50);
      expect(new Set(orders.map((each) => each.join()))).toEqual(new Set(["gpt-c,gpt-a,gpt-b"]));
    });

    it.each(["least-latency", "least-busy", "lowest-cost"])(
      "%s compares those of one priority only, and none without weight",
      (strategy) => {
        const values = { "gpt-a": 9, "gpt-b": 2, "gpt-c": 1 };
        const targets = "gpt-a, { model: gpt-b, weight: 0 }, { model: gpt-c, priority: 1 }";
        expect(ordered(strategy, values, targets)[0]).toEqual(["gpt-a", "gpt-b", "gpt-c"]);
      },
    );

    it("compares none that is left alone", () => {
      const pool = poolOf("gpt-a, gpt-b, gpt-c", "none", "least-busy");
      const states: TargetStates = {
        isClosed: ({ providerModel }) => providerModel !== "gpt-a",
        mayPass: ({ providerModel }) => providerModel !== "gpt-a",
      };
      const request = { requestId: "any", identity: { keyId: "key-1", tags: [] } };
      const measures = measuresOf({ "gpt-a": 0, "gpt-b": 5, "gpt-c": 4 });
      const models = orderTargets(pool, request, states, measures).map(({ providerModel }) => providerModel);
      expect(models).toEqual(["gpt-c", "gpt-b", "gpt-a"]);
    });
  });
});
