import {
  attributeValueLimit,
  genAiAttributes,
  generalAttributes,
  type SpanAttributes,
  sluiceAttributes,
} from "./gen-ai-attributes.ts";

type AttributeValue = string | number | boolean | string[];

const allowedNames = new Set<string>([
  ...Object.values(genAiAttributes),
  ...Object.values(generalAttributes),
  ...Object.values(sluiceAttributes),
]);

/**
 * Lets through what a span may hold: names of the list, values that are no longer than a name or an id.
 * The types say the same; this holds also where a cast or a spread got around them, because what is exported
 * leaves the mesh.
 *
 * @returns a new record; a string that is too long is replaced by a note of its length, never cut, since the
 * first characters of a prompt are a prompt too.
 */
export function guardAttributes(attributes: SpanAttributes): Record<string, AttributeValue> {
  const guarded: Record<string, AttributeValue> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || !allowedNames.has(name)) continue;
    guarded[name] = guardValue(value);
  }
  return guarded;
}

function guardValue(value: AttributeValue): AttributeValue {
  if (typeof value === "string") return guardText(value);
  if (Array.isArray(value)) return value.slice(0, attributeValueLimit).map(guardText);
  return value;
}

function guardText(text: string): string {
  return text.length <= attributeValueLimit ? text : `refused: ${text.length} characters`;
}
