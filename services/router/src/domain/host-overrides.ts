/** Where requests for a host go in its place: tests, and providers behind private addresses. */
export type HostOverrides = ReadonlyMap<string, string>;

/**
 * Reads `host=url,host=url`.
 * @returns undefined when the text is not of that form
 */
export function parseHostOverrides(text: string): HostOverrides | undefined {
  const overrides = new Map<string, string>();
  for (const part of text.split(",").map((piece) => piece.trim())) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const host = part.slice(0, equals).trim().toLowerCase();
    const url = URL.parse(part.slice(equals + 1).trim());
    if (equals < 1 || url === null || !/^https?:$/.test(url.protocol)) return undefined;
    overrides.set(host, url.origin);
  }
  return overrides;
}

/** Where to connect for an origin, and the `host` header, which stays that of the origin itself. */
export function connectionFor(overrides: HostOverrides, origin: string): { origin: string; host: string } {
  const { host, hostname } = new URL(origin);
  return { origin: overrides.get(hostname) ?? origin, host };
}
