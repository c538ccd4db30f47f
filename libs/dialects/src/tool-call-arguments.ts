import { parse } from "jsonc-parser";
import { isObject } from "./is-object.ts";

/**
 * The arguments of a call as an object, for dialects that hold them as one. A model that reached its token
 * limit, or erred, leaves JSON that does not end well; then whatever can be read of it is taken, as the
 * providers' own SDKs do. No object at all becomes `{}`.
 */
export function parseArguments(json: string): Record<string, unknown> {
  if (json.trim() === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    value = parse(json);
  }
  return isObject(value) ? value : {};
}
