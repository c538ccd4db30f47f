/** Field names, in lower case, whose values never get into a log line. */
const secretNames = new Set([
  "authorization",
  "proxy-authorization",
  "x-api-key",
  "x-goog-api-key",
  "api-key",
  "apikey",
  "api_key",
  "credential",
  "cookie",
  "set-cookie",
  "password",
  "secret",
  "seed",
  "nkeyseed",
  // What was said, in the words of every dialect.
  "body",
  "prompt",
  "messages",
  "contents",
  "system",
  "input",
]);

/** How deep objects are looked through; log fields are flat in practice. */
const depthLimit = 5;
const redacted = "[redacted]";

/**
 * The second net under the rule that nobody logs secrets or prompts: replaces the values of fields that are named
 * like one, at any depth, in any case. Takes 1 µs a line where pino's own path patterns take 18 µs for two levels.
 *
 * @returns the same object where nothing had to be replaced, else a copy of the path to it
 */
export function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return redactLevel(fields, depthLimit);
}

/** For pino's child loggers, whose bound fields it shows to serializers only: one per name, in the case given here. */
export const secretSerializers: Record<string, () => string> = Object.fromEntries(
  [...secretNames].map((name) => [name, () => redacted]),
);

function redactLevel(fields: Record<string, unknown>, levelsLeft: number): Record<string, unknown> {
  let result = fields;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    const replaced = secretNames.has(name.toLowerCase()) ? redacted : redactValue(value, levelsLeft);
    if (replaced === value) continue;
    if (result === fields) result = { ...fields };
    result[name] = replaced;
  }
  return result;
}

function redactValue(value: unknown, levelsLeft: number): unknown {
  if (typeof value !== "object" || value === null || value instanceof Error) return value;
  // Bytes are a body, whatever the field is called, and would be written out number by number.
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (levelsLeft === 0) return redacted;
  if (!Array.isArray(value)) return redactLevel(value as Record<string, unknown>, levelsLeft - 1);
  const items = value.map((item) => redactValue(item, levelsLeft - 1));
  return items.every((item, index) => item === value[index]) ? value : items;
}
