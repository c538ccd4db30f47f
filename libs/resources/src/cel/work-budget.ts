import type { Environment } from "@marcbachmann/cel-js";
import { CelError } from "./cel-error.ts";
import { inner } from "./text-functions.ts";

/**
 * Work that loops may do whatever they are told, in characters looked at: some 50 ms of one core at the most, since
 * what takes longer for a character counts as several (`costOf`).
 */
const freeWork = 4_000_000;

/** Work that loops may do besides, as a multiple of the size of what they are told: so they may look at all of it. */
const workPerSize = 32;

/** Names of the functions that charge for values, which nobody can write. */
export const chargingNames = {
  /** A text or list that is looked through. */
  looked: inner("lookedThrough"),
  /** One that a function looks through which takes some nanoseconds more for each character. */
  made: inner("madeAnew"),
  /** What is asked for its size, which is known of all but texts. */
  measured: inner("measured"),
  /** One that a pattern is sought in. */
  sought: inner("soughtIn"),
  /** The list or map behind `in`. */
  member: inner("member"),
  /** What stands before, and behind, `==` and the like: what is shorter says how long it takes. */
  left: inner("left"),
  right: inner("right"),
} as const;
export type ChargingName = keyof typeof chargingNames;

/** What a character costs, by the function that looks at it. */
const costOf = { looked: 1, made: 8, sought: 16 } as const;

/**
 * What the loops of one evaluation may cost. A value is charged for before what looks through it does: where that is
 * more than is left, the evaluation fails, however it goes on.
 */
export class WorkBudget {
  #facts: object = {};
  #left = 0;
  #isExtended = false;
  #isSpent = false;
  /** What stands before the comparisons that are under way. */
  readonly #compared: unknown[] = [];

  /** Whether an evaluation has cost more than it may. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  /** Makes it ready for an evaluation. */
  begin(facts: object): void {
    this.#facts = facts;
    this.#left = freeWork;
    this.#isExtended = false;
    this.#isSpent = false;
    this.#compared.length = 0;
  }

  /** Lets expressions of an environment charge. */
  register(environment: Environment): void {
    const charge = (name: ChargingName, charged: (value: unknown) => void): void => {
      environment.registerFunction(`${chargingNames[name]}(A): A`, (value: unknown) => {
        charged(value);
        return value;
      });
    };
    for (const name of ["looked", "made", "sought"] as const) {
      charge(name, (value) => this.#spendOn(value, costOf[name]));
    }
    charge("measured", (value) => {
      if (typeof value === "string") this.#spendOn(value, costOf.made);
      else this.#spend(isMap(value) ? Object.keys(value as object).length : 1);
    });
    charge("member", (value) => {
      if (isMap(value)) this.#spend(1);
      else this.#spendOn(value, costOf.looked);
    });
    charge("left", (value) => this.#compared.push(value));
    charge("right", (value) => {
      const shorter = Math.min(this.#affordable(this.#compared.pop()), this.#affordable(value));
      this.#spend(shorter);
    });
  }

  #spendOn(value: unknown, cost: number): void {
    this.#spend(this.#affordable(value) * cost);
  }

  /** Size of a value; of one that there is not enough left for, as much as shows that. */
  #affordable(value: unknown): number {
    if (this.#isSpent) throw overspent;
    const size = sizeOf(value, this.#left);
    if (size <= this.#left || this.#isExtended) return size;
    this.#extend();
    return sizeOf(value, this.#left);
  }

  #spend(work: number): void {
    if (this.#isSpent) throw overspent;
    if (work > this.#left && !this.#isExtended) this.#extend();
    this.#left -= work;
    if (this.#left >= 0) return;
    this.#isSpent = true;
    throw overspent;
  }

  #extend(): void {
    this.#isExtended = true;
    this.#left += workPerSize * sizeOf(this.#facts, Number.POSITIVE_INFINITY);
  }
}

/** The same each time: what is left of a loop may throw it for every entry. */
export const overspent = new CelError(
  "its loops take too long for what they are told: they look through the same text or list again and again",
  "too_costly",
);

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Characters of a value, and one for each of its parts.
 * @param most where to stop counting
 */
function sizeOf(value: unknown, most: number): number {
  let size = 0;
  const rest: unknown[] = [value];
  while (rest.length > 0 && size <= most) {
    const part = rest.pop();
    size += 1;
    if (typeof part === "string") size += part.length;
    else if (part instanceof Uint8Array) size += part.length;
    else if (part instanceof Map) for (const entry of part) rest.push(...entry);
    else if (Array.isArray(part) || part instanceof Set) for (const each of part) rest.push(each);
    else if (isPlain(part)) for (const key of Object.keys(part)) rest.push(key, part[key]);
  }
  return size;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
