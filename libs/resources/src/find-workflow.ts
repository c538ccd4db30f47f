import type { Snapshot } from "./snapshot.ts";

/** One index per revision, made when it is first asked for and dropped with the snapshot. */
const indexes = new WeakMap<Snapshot, ReadonlyMap<string, string>>();

/**
 * The workflow that answers as a model. Its name is an exact one, and goes before all beginnings of names.
 * @returns its name in `workflows`; undefined when there is none
 */
export function findWorkflow(snapshot: Snapshot, model: string): string | undefined {
  let index = indexes.get(snapshot);
  if (index === undefined) {
    index = new Map(Object.entries(snapshot.workflows).map(([name, workflow]) => [workflow.model, name]));
    indexes.set(snapshot, index);
  }
  return index.get(model);
}
