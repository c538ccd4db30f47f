import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { seedOfCaller } from "@sluice/contracts/identity";
import type { ModelTarget } from "@sluice/resources/find-target";
import type { Sticky, Strategy } from "@sluice/resources/model-pool";
import { weightedScore } from "@sluice/resources/weighted-score";

/** What is known of how targets fare. */
export interface TargetStates {
  /** Whether nothing speaks against calling the target. */
  isClosed(target: ModelTarget): boolean;
  /** Whether it may be the first to be called. To be asked once, of the one that would be: it may be let try. */
  mayPass(target: ModelTarget): boolean;
}

/** What targets are compared by; of each only what the strategy asks for is looked at. */
export interface TargetMeasures {
  /** When a reply that is asked for now is expected, milliseconds. */
  expectedMs(target: ModelTarget): number;
  /** Calls that are under way. */
  openCalls(target: ModelTarget): number;
  /** What the request would cost; undefined where nobody knows. */
  costNanoUsd(target: ModelTarget): bigint | undefined;
}

interface Ranked {
  target: ModelTarget;
  priority: number;
  weight: number;
  /** By its weight and by chance; the higher goes first. */
  score: number;
}

/**
 * The targets of a request, in the order in which they are called: the lowest priority first, among equals as the
 * strategy says, and those that fail at the moment behind all others, but for a call now and then that tries one.
 */
export function orderTargets(
  found: ModelTarget,
  request: Pick<IdentifiedEnvelope, "requestId" | "identity">,
  states: TargetStates,
  measures: TargetMeasures,
): [ModelTarget, ...ModelTarget[]] {
  const { pool } = found;
  if (pool === undefined) return [found];
  const seed = seedOf(pool.sticky, request);
  const ranked = pool.targets
    .map(
      ({ weight, priority, ...own }): Ranked => ({
        target: { ...found, ...own, pool: undefined },
        priority,
        weight,
        score: weightedScore(`${own.backendName}\0${own.providerModel}`, weight, seed),
      }),
    )
    .toSorted((a, b) => a.priority - b.priority || b.score - a.score);
  const passing = ranked.find(({ target }) => states.mayPass(target));
  const [closed, open] = partition(ranked, ({ target }) => states.isClosed(target));
  // One that is left alone is not compared with the others: it has nothing to do, and would be taken for the best.
  const tried = open.filter((each) => each === passing);
  const left = open.filter((each) => each !== passing);
  const inOrder = [...tried, ...inOrderOfStrategy(pool.strategy, closed, measures), ...left];
  const [head = found, ...rest] = inOrder.map(({ target }) => target);
  return [head, ...rest];
}

/** @param ranked in the order of priority and score */
function inOrderOfStrategy(
  strategy: Strategy,
  ranked: readonly Ranked[],
  measures: TargetMeasures,
): readonly Ranked[] {
  if (strategy === "weighted") return ranked;
  const groups = Map.groupBy(ranked, ({ priority, weight }) => `${priority} ${weight > 0}`);
  return [...groups.values()].flatMap((group) => inOrderOfGroup(strategy, group, measures));
}

function inOrderOfGroup(
  strategy: Exclude<Strategy, "weighted">,
  group: readonly Ranked[],
  { expectedMs, openCalls, costNanoUsd }: TargetMeasures,
): readonly Ranked[] {
  switch (strategy) {
    case "least-latency":
      return betterOfTwoFirst(group, expectedMs);
    case "least-busy":
      return betterOfTwoFirst(group, openCalls);
    case "lowest-cost":
      return cheapestFirst(group, costNanoUsd);
  }
}

/**
 * The lesser of the first two, which weight and chance have put there, goes first. Whoever took the least of all would
 * send everybody to the same target until its measure shows it (Mitzenmacher, "The Power of Two Choices in Randomized
 * Load Balancing", 2001).
 */
function betterOfTwoFirst(
  group: readonly Ranked[],
  measure: (target: ModelTarget) => number,
): readonly Ranked[] {
  const [one, other, ...others] = group;
  if (one === undefined || other === undefined) return group;
  return measure(other.target) < measure(one.target) ? [other, one, ...others] : group;
}

/** Those whose price nobody knows last; among equals by weight. */
function cheapestFirst(
  group: readonly Ranked[],
  costOf: (target: ModelTarget) => bigint | undefined,
): readonly Ranked[] {
  const [priced, unpriced] = partition(
    group.map((each) => ({ each, cost: costOf(each.target) })),
    ({ cost }) => cost !== undefined,
  );
  const sorted = priced.toSorted((a, b) => Number((a.cost ?? 0n) - (b.cost ?? 0n)));
  return [...sorted, ...unpriced].map(({ each }) => each);
}

/** What the choice depends on: all that stays with one target has it in common. */
function seedOf(
  sticky: Sticky,
  { requestId, identity }: Pick<IdentifiedEnvelope, "requestId" | "identity">,
): string {
  if (sticky === "none") return requestId;
  return seedOfCaller(sticky === "user" ? identity : { keyId: identity.keyId }, requestId);
}

function partition<Item>(items: readonly Item[], holds: (item: Item) => boolean): [Item[], Item[]] {
  const taken: Item[] = [];
  const left: Item[] = [];
  for (const item of items) (holds(item) ? taken : left).push(item);
  return [taken, left];
}
