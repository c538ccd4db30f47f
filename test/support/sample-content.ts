/** A red dot as PNG. */
export const redDotPng =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

/** JSON Schema of a tool's input, strict enough for every provider. */
export const placeSchema = {
  type: "object",
  properties: { place: { type: "string", description: "Name of a town" } },
  required: ["place"],
  additionalProperties: false,
} as const;

/** JSON Schema of a structured answer. */
export const citySchema = {
  type: "object",
  properties: {
    city: { type: "string" },
    inhabitants: { type: "integer" },
    tags: { type: "array", items: { type: "string" } },
  },
  required: ["city", "inhabitants", "tags"],
  additionalProperties: false,
} as const;

/** All that a stream or a paged list gives. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
