import { type TargetName, targetKey } from "../domain/target-key.ts";
import { TargetLoad } from "../domain/target-load.ts";

/** Most targets that something is known of; clients make up names of models. */
const maxTargets = 10_000;

/** What the targets of models with several have to do for this router, and how fast they are. */
export class TargetLoads {
  readonly #loads = new Map<string, TargetLoad>();

  of(target: TargetName): TargetLoad {
    const key = targetKey(target);
    let load = this.#loads.get(key);
    if (load === undefined) {
      load = new TargetLoad();
      const [oldest] = this.#loads.keys();
      if (this.#loads.size >= maxTargets && oldest !== undefined) this.#loads.delete(oldest);
      this.#loads.set(key, load);
    }
    return load;
  }
}
