import { z } from "zod";

function camelKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).map(([key, field]) => [
    key.replaceAll(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase()),
    field,
  ]);
  return Object.fromEntries(entries) as unknown;
}

/**
 * An object of Google's API. Its JSON form (that of Protocol Buffers) takes each name as `camelCase` and as
 * `snake_case`; both are read as the former. Only the object's own names: what is in it may be the client's.
 */
export function protoObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.preprocess(camelKeys, z.object(shape));
}

/** As `protoObject`, and keeps the fields that the shape does not name. */
export function looseProtoObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.preprocess(camelKeys, z.looseObject(shape));
}
