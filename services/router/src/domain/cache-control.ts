/** What a client asks of the cache, by the directives of RFC 9111, section 5.2.1, that have a meaning here. */
export interface CacheControl {
  /** Nothing is looked up, and nothing is kept. */
  noStore: boolean;
  /** The reply is to be a new one; it is kept in place of what is there. */
  noCache: boolean;
  /** There is to be no call: what is not kept is answered 504. */
  onlyIfCached: boolean;
  /** Oldest reply that is taken, in seconds. @default any that is kept */
  maxAgeSeconds: number | undefined;
  /** How long it is to be kept yet, in seconds. @default for a moment is enough */
  minFreshSeconds: number | undefined;
}

const none: CacheControl = Object.freeze({
  noStore: false,
  noCache: false,
  onlyIfCached: false,
  maxAgeSeconds: undefined,
  minFreshSeconds: undefined,
});

/**
 * Reads a `Cache-Control` header. Directives that are unknown, or whose seconds are none, say nothing.
 * @param text the header; undefined where there is none
 */
export function readCacheControl(text: string | undefined): CacheControl {
  if (text === undefined) return none;
  const directives = new Map(
    text.split(",").map((directive) => {
      const [name = "", value] = directive.trim().split("=", 2);
      return [name.trim().toLowerCase(), value?.trim().replaceAll('"', "")];
    }),
  );
  const maxAgeSeconds = secondsOf(directives.get("max-age"));
  return {
    noStore: directives.has("no-store"),
    // Nothing that is kept is younger than now.
    noCache: directives.has("no-cache") || maxAgeSeconds === 0,
    onlyIfCached: directives.has("only-if-cached"),
    maxAgeSeconds,
    minFreshSeconds: secondsOf(directives.get("min-fresh")),
  };
}

/** Whether a reply of some age may be given to who asks so. @param leftMs how long it is kept yet */
export function takesReply(
  { maxAgeSeconds, minFreshSeconds }: CacheControl,
  { ageMs, leftMs }: { ageMs: number; leftMs: number },
): boolean {
  if (maxAgeSeconds !== undefined && ageMs > maxAgeSeconds * 1000) return false;
  return minFreshSeconds === undefined || leftMs >= minFreshSeconds * 1000;
}

function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
