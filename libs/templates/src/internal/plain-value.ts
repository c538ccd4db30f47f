import { Drop } from "liquidjs";

/** The value that an object of liquidjs, such as its `nil`, stands for; all others as they are. */
export function plainValue(value: unknown): unknown {
  return value instanceof Drop ? value.valueOf() : value;
}
