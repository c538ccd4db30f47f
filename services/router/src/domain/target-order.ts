import type { IdentifiedEnvelope } from "@sluice/contracts/envelope";
import { seedOfCaller } from "@sluice/contracts/identity";
import type { ModelTarget } from "@sluice/resources/find-target";
import type { Sticky } from "@sluice/resources/model-pool";
import { weightedScore } from "@sluice/resources/weighted-score";

/** What is known of how targets fare. */
export interface TargetStates {
  /** Whether nothing speaks against calling the target. */
  isClosed(target: ModelTarget): boolean;
  /** Whether it may be the first to be called. To be asked once, of the one that would be: it may be let try. */
  mayPass(target: ModelTarget): boolean;
}

/**
 * The targets of a request, in the order in which they are called: the lowest priority first, among equals by weight,
 * and those that fail at the moment behind all others, but for a call now and then that tries one.
 */
export function orderTargets(
  found: ModelTarget,
  request: Pick<IdentifiedEnvelope, "requestId" | "identity">,
  states: TargetStates,
): [ModelTarget, ...ModelTarget[]] {
  if (found.pool === undefined) return [found];
  const seed = seedOf(found.pool.sticky, request);
  const ranked = found.pool.targets
    .map(({ weight, priority, ...own }) => ({
      target: { ...found, ...own, pool: undefined },
      priority,
      score: weightedScore(`${own.backendName}\0${own.providerModel}`, weight, seed),
    }))
    .toSorted((a, b) => a.priority - b.priority || b.score - a.score)
    .map(({ target }) => target);
  const first = ranked.find((target) => states.mayPass(target));
  const others = ranked.filter((target) => target !== first);
  const [closed, open] = partition(others, (target) => states.isClosed(target));
  const [head = found, ...rest] = [...(first === undefined ? [] : [first]), ...closed, ...open];
  return [head, ...rest];
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
