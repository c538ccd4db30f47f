/** Claims of a token, as they stand in it. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * What stands at a path of claims. A name may have dots of its own: `https://example.com/team` is one name, and
 * `resource.example.com.roles` is `roles` within `resource.example.com` where there is such a claim.
 * @returns undefined where there is nothing
 */
export function claimAt(claims: unknown, path: string): unknown {
  if (typeof claims !== "object" || claims === null) return undefined;
  if (Object.hasOwn(claims, path)) return (claims as Record<string, unknown>)[path];
  for (let dot = path.lastIndexOf("."); dot > 0; dot = path.lastIndexOf(".", dot - 1)) {
    const head = path.slice(0, dot);
    if (!Object.hasOwn(claims, head)) continue;
    const found = claimAt((claims as Record<string, unknown>)[head], path.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The texts of a claim: those of a list, or the one that it is. Numbers and truth values count as they are written. */
export function textsOf(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.flatMap((entry) => (Array.isArray(entry) ? [] : textsOf(entry)));
  if (typeof claim === "string") return claim === "" ? [] : [claim];
  return typeof claim === "number" || typeof claim === "boolean" ? [String(claim)] : [];
}

/** Whether claims have one of the values that are named for each path. */
export function hasClaims(claims: Claims, required: Readonly<Record<string, readonly string[]>>): boolean {
  return Object.entries(required).every(([path, values]) => {
    const found = textsOf(claimAt(claims, path));
    return values.some((value) => found.includes(value));
  });
}
