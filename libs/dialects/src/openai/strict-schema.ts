import type { JsonSchema } from "../canonical-request.ts";
import { isObject } from "../is-object.ts";

/**
 * Whether OpenAI would take the schema with `strict: true`: every object is closed and all of its
 * properties are required. Then a client of a dialect that is always strict keeps its guarantee.
 */
export function fitsStrictMode(schema: JsonSchema): boolean {
  if ("properties" in schema || schema.type === "object") {
    const properties = isObject(schema.properties) ? schema.properties : {};
    const required = Array.isArray(schema.required) ? schema.required : [];
    if (schema.additionalProperties !== false) return false;
    if (!Object.keys(properties).every((name) => required.includes(name))) return false;
  }
  return Object.entries(schema).every(([keyword, value]) => {
    if (keyword === "properties" || keyword === "$defs" || keyword === "definitions") {
      return (
        !isObject(value) || Object.values(value).every((child) => !isObject(child) || fitsStrictMode(child))
      );
    }
    if (keyword === "items") return !isObject(value) || fitsStrictMode(value);
    if (keyword === "anyOf") {
      return !Array.isArray(value) || value.every((child) => !isObject(child) || fitsStrictMode(child));
    }
    return !["allOf", "oneOf", "not", "patternProperties", "dependentRequired", "if"].includes(keyword);
  });
}
