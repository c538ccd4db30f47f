import type { Figure, RoundFigures } from "./measurement.ts";

/** The values of all rounds, in their order, by target and by key. */
export type Samples = Record<string, Record<string, number[]>>;

/** Keys of what is told by service, such as `cpu.router`. */
export const cpuPrefix = "cpu.";
export const memoryPrefix = "memory.";

/** What `added` figures are compared with. */
export const baseTarget = "direct";

/** Gathers what the rounds give. */
export class SampleBook {
  readonly #samples: Samples = {};
  readonly samples: Readonly<Samples> = this.#samples;

  /** @param base What `direct` gave in the same round; `added` figures are less by its values. */
  add(target: string, figures: readonly Figure[], round: RoundFigures, base: RoundFigures | undefined): void {
    for (const { key, isAdded } of figures) {
      const value = round.values[key];
      if (value === undefined) continue;
      this.#push(target, key, isAdded ? value - (base?.values[key] ?? Number.NaN) : value);
    }
    for (const [service, cpuMs] of Object.entries(round.cpuMsPerRequest ?? {})) {
      this.#push(target, `${cpuPrefix}${service}`, cpuMs * 1000);
    }
    for (const [service, bytes] of Object.entries(round.residentBytes ?? {})) {
      this.#push(target, `${memoryPrefix}${service}`, bytes / 1024 ** 2);
    }
  }

  #push(target: string, key: string, value: number): void {
    const ofTarget = this.#samples[target] ?? {};
    this.#samples[target] = ofTarget;
    ofTarget[key] = [...(ofTarget[key] ?? []), value];
  }
}
