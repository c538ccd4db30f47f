import { Context, Drop, type Liquid } from "liquidjs";
import type { TemplateLimits } from "../template-limits.ts";
import { RenderFailure } from "./render-failure.ts";

const loopProperties = new Set<unknown>(["index", "index0", "rindex", "rindex0", "first", "last", "length"]);

/** What one render knows and may take; nothing of it outlives the render. */
export class RenderContext extends Context {
  #steps = 0;

  constructor(values: Readonly<Record<string, unknown>>, liquid: Liquid, limits: TemplateLimits) {
    super(
      values,
      liquid.options,
      { sync: true, renderLimit: limits.maxRenderMs, memoryLimit: limits.maxFilterLength },
      { liquid },
    );
    const checkTime = this.renderLimit.check.bind(this.renderLimit);
    // The one thing that liquidjs does for every node that it renders.
    this.renderLimit.check = (nowMs) => {
      this.#steps++;
      if (this.#steps > limits.maxSteps) {
        throw new RenderFailure("limit", `the template takes more than ${limits.maxSteps} steps`);
      }
      checkTime(nowMs);
    };
  }

  /**
   * Reads what JSON holds and nothing else: own fields of objects, elements of lists (`0`, or `-1` from the end), and
   * `size`, `first` and `last` of lists, `size` of strings. That of liquidjs calls functions, reads prototypes of its
   * own objects, and takes a field of `null` for `null`.
   */
  override readProperty(from: unknown, key: unknown): unknown {
    const value = this.#read(from, key);
    return typeof value === "function" ? undefined : value;
  }

  #read(from: unknown, key: unknown): unknown {
    if (typeof key !== "string" && typeof key !== "number") return undefined;
    if (from instanceof Drop) return loopProperties.has(key) ? super.readProperty(from, key) : undefined;
    if (Array.isArray(from)) return readList(from, key);
    if (typeof from === "string") return key === "size" ? from.length : undefined;
    if (typeof from !== "object" || from === null || !Object.hasOwn(from, key)) return undefined;
    return (from as Readonly<Record<string, unknown>>)[key];
  }
}

function readList(list: readonly unknown[], key: string | number): unknown {
  if (key === "size") return list.length;
  if (key === "first") return list[0];
  if (key === "last") return list.at(-1);
  const index = Number(key);
  return Number.isInteger(index) && key !== "" ? list.at(index) : undefined;
}
