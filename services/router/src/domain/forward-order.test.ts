import type { ForwardTarget } from "@sluice/resources/find-target";
import { describe, expect, it } from "vitest";
import { type DestinationStates, orderDestinations } from "./forward-order.ts";

const allClosed: DestinationStates = { isClosed: () => true, mayPass: () => true };

/** A route to these, each with its weight and priority. */
function routeTo(places: Record<string, [weight: number, priority: number]>): ForwardTarget {
  const targets = Object.entries(places).map(([backendName, [weight, priority]]) => ({
    backendName,
    providerModel: "",
    weight,
    priority,
  }));
  return { type: "http", backendName: "none", pool: { methods: [], targets } } as unknown as ForwardTarget;
}

function order(target: ForwardTarget, seed: string, states = allClosed): string[] {
  return orderDestinations(target, seed, states).map(({ backendName }) => backendName);
}

const seeds = Array.from({ length: 2_000 }, (_value, index) => `request-${index}`);

describe("the order of a route's destinations", () => {
  it("has each in front as often as its weight says, those of a higher number behind", () => {
    const target = routeTo({ a: [3, 0], b: [1, 0], c: [1, 1] });
    const orders = seeds.map((seed) => order(target, seed));
    const share = orders.filter(([first]) => first === "a").length / seeds.length;
    expect(share).toBeCloseTo(0.75, 1);
    expect(new Set(orders.map((names) => names.at(-1)))).toEqual(new Set(["c"]));
  });

  it("has those that fail behind all others", () => {
    const target = routeTo({ a: [1, 0], b: [1, 1], c: [1, 2] });
    const isWell = ({ backendName }: ForwardTarget) => backendName !== "a";
    expect(order(target, "1", { isClosed: isWell, mayPass: isWell })).toEqual(["b", "c", "a"]);
  });

  it("is the one alone where there is one", () => {
    const alone = { type: "http", backendName: "alone" } as ForwardTarget;
    expect(order(alone, "1")).toEqual(["alone"]);
  });
});
