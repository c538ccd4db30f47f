import type { JsonSchema } from "../canonical-request.ts";
import { isObject } from "../is-object.ts";

const camelNames: Record<string, string> = {
  any_of: "anyOf",
  min_items: "minItems",
  max_items: "maxItems",
  min_length: "minLength",
  max_length: "maxLength",
  min_properties: "minProperties",
  max_properties: "maxProperties",
};
const counts = new Set(["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"]);
/** Hints that JSON Schema has no word for. */
const left = new Set(["nullable", "propertyOrdering", "property_ordering", "example"]);

/**
 * Turns Gemini's Schema (a subset of OpenAPI 3.0) into JSON Schema: types in lower case, `nullable` as a type, counts,
 * which Google writes as strings, as numbers.
 */
export function readGeminiSchema(schema: Record<string, unknown>): JsonSchema {
  const read: JsonSchema = {};
  for (const [written, value] of Object.entries(schema)) {
    const keyword = camelNames[written] ?? written;
    if (left.has(keyword)) continue;
    if (keyword === "type" && typeof value === "string") {
      if (value !== "TYPE_UNSPECIFIED") read.type = value.toLowerCase();
    } else if (keyword === "properties" && isObject(value)) {
      read.properties = Object.fromEntries(
        Object.entries(value).map(([name, child]) => [
          name,
          isObject(child) ? readGeminiSchema(child) : child,
        ]),
      );
    } else if (keyword === "items" && isObject(value)) {
      read.items = readGeminiSchema(value);
    } else if (keyword === "anyOf" && Array.isArray(value)) {
      read.anyOf = value.map((child) => (isObject(child) ? readGeminiSchema(child) : child));
    } else if (keyword === "format" && value === "enum") {
      // Says only that there is an `enum`.
    } else {
      read[keyword] = counts.has(keyword) && typeof value === "string" ? Number(value) : value;
    }
  }
  if (schema.nullable !== true) return read;
  if (typeof read.type === "string") {
    const isEnum = Array.isArray(read.enum);
    return {
      ...read,
      type: [read.type, "null"],
      ...(isEnum ? { enum: [...(read.enum as unknown[]), null] } : {}),
    };
  }
  return Array.isArray(read.anyOf) ? { ...read, anyOf: [...read.anyOf, { type: "null" }] } : read;
}
