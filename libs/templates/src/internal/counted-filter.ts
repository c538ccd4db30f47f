import type { FilterImplOptions } from "liquidjs";

/**
 * A filter whose text is counted before it is looked at. Some of liquidjs count what they have made, or nothing, and
 * a long text would block the process until then.
 */
export function countedFilter(filter: FilterImplOptions | undefined): FilterImplOptions {
  if (typeof filter !== "function") throw new TypeError("there is no such filter to count");
  return function (value: unknown, ...rest: unknown[]): unknown {
    this.context.memoryLimit.use(String(value).length);
    return filter.call(this, value, ...rest);
  };
}
