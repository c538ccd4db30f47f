import type { Snapshot } from "@sluice/resources/snapshot";

/** Values by name, each made once for a revision of the configuration. What could not be made is tried again. */
export class KeptByRevision<Value> {
  readonly #kept = new WeakMap<Snapshot, Map<string, Value>>();

  async get(snapshot: Snapshot, name: string, make: () => Promise<Value>): Promise<Value> {
    let ofSnapshot = this.#kept.get(snapshot);
    if (ofSnapshot === undefined) {
      ofSnapshot = new Map();
      this.#kept.set(snapshot, ofSnapshot);
    }
    let value = ofSnapshot.get(name);
    if (value === undefined) {
      value = await make();
      ofSnapshot.set(name, value);
    }
    return value;
  }
}
