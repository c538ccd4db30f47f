import type { CallTree } from "./fold-profile.ts";

export interface FunctionTime {
  name: string;
  place: string;
  selfMs: number;
  /** Of all the time in which the process worked. */
  share: number;
}

/** The functions in which most time was spent, wherever they were called from, what they called not counted. */
export function topFunctions(tree: CallTree, count: number): FunctionTime[] {
  const byFunction = new Map<string, FunctionTime>();
  const visit = ({ name, place, selfMs, callees }: CallTree): void => {
    const key = `${name} ${place}`;
    const before = byFunction.get(key)?.selfMs ?? 0;
    byFunction.set(key, { name, place, selfMs: before + selfMs, share: (before + selfMs) / tree.totalMs });
    callees.forEach(visit);
  };
  visit(tree);
  return [...byFunction.values()]
    .filter(({ selfMs }) => selfMs > 0)
    .sort((one, other) => other.selfMs - one.selfMs)
    .slice(0, count);
}
