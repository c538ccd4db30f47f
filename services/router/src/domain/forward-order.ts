import type { ForwardTarget } from "@sluice/resources/find-target";
import { weightedScore } from "@sluice/resources/weighted-score";

/** What is known of how destinations fare. */
export interface DestinationStates {
  /** Whether nothing speaks against asking the destination. */
  isClosed(target: ForwardTarget): boolean;
  /** Whether it may be the first to be asked. To be asked once, of the one that would be: it may be let try. */
  mayPass(target: ForwardTarget): boolean;
}

/**
 * The destinations of a forwarded request, in the order in which they are asked: as the targets of a model.
 * @param seed the request's id
 */
export function orderDestinations(
  found: ForwardTarget,
  seed: string,
  states: DestinationStates,
): [ForwardTarget, ...ForwardTarget[]] {
  if (found.pool === undefined) return [found];
  const ranked = found.pool.targets
    .map(({ weight, priority, ...own }) => ({
      target: { ...found, ...own, pool: undefined },
      priority,
      score: weightedScore(own.backendName, weight, seed),
    }))
    .toSorted((a, b) => a.priority - b.priority || b.score - a.score)
    .map(({ target }): ForwardTarget => target);
  const first = ranked.find((target) => states.mayPass(target));
  const others = ranked.filter((target) => target !== first);
  const isClosed = new Map(others.map((target) => [target, states.isClosed(target)]));
  const [head = found, ...rest] = [
    ...(first === undefined ? [] : [first]),
    ...others.filter((target) => isClosed.get(target)),
    ...others.filter((target) => !isClosed.get(target)),
  ];
  return [head, ...rest];
}
