/**
 * Finds string fields in JSON text by their name without parsing it: for streams that are only watched,
 * where one field of an event is wanted. To look for several takes longer than to parse. Objects are not told apart
 * by their depth, so it fits only where a name means the same wherever it stands.
 */

/** Position behind the opening quote of the field's value, or -1. */
function findValue(json: string, name: string, from: number): number {
  const key = `"${name}"`;
  for (let at = json.indexOf(key, from); at >= 0; at = json.indexOf(key, at + 1)) {
    // An escaped quote before it: this is text that looks like a key.
    if (at > 0 && json.charCodeAt(at - 1) === 0x5c) continue;
    let position = at + key.length;
    while (json.charCodeAt(position) <= 0x20) position += 1;
    if (json[position] !== ":") continue;
    position += 1;
    while (json.charCodeAt(position) <= 0x20) position += 1;
    if (json[position] === '"') return position + 1;
  }
  return -1;
}

function findClosingQuote(json: string, from: number): number {
  for (let at = json.indexOf('"', from); at >= 0; at = json.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(at - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return at;
  }
  return -1;
}

/** Every value of the field, in the order of the text. */
export function readStringFields(json: string, name: string): string[] {
  const values: string[] = [];
  let position = findValue(json, name, 0);
  while (position >= 0) {
    const end = findClosingQuote(json, position);
    if (end < 0) break;
    const raw = json.slice(position, end);
    values.push(raw.includes("\\") ? readEscapes(raw) : raw);
    position = findValue(json, name, end + 1);
  }
  return values;
}

/** The first value of the field. */
export function readStringField(json: string, name: string): string | undefined {
  const position = findValue(json, name, 0);
  if (position < 0) return undefined;
  const end = findClosingQuote(json, position);
  if (end < 0) return undefined;
  const raw = json.slice(position, end);
  return raw.includes("\\") ? readEscapes(raw) : raw;
}

function readEscapes(raw: string): string {
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}
