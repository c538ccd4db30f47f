/** The text of a body. What is no UTF-8 in it stands as the replacement character. */
export function bodyText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** The parsed body, or its text where it is no JSON. */
export function jsonOrText(bytes: Uint8Array): unknown {
  const text = bodyText(bytes);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The fields of a body that is a JSON object; undefined for any other. */
export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
