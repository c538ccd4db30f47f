import { SluiceError } from "@sluice/contracts/sluice-error";
import { cacheTagPattern, maxCacheTags } from "@sluice/resources/kinds/caching";

/** Header in which a client gives its reply tags to be invalidated by, with commas between. */
export const cacheTagsHeader = "x-sluice-cache-tags";
/** What a client says to the cache; all that is no part of the request itself. */
export const cacheHeaders = ["cache-control", cacheTagsHeader] as const;

/**
 * The tags of a request, each once.
 * @throws SluiceError `invalid_request` for one that is none, or too many
 */
export function readCacheTags(text: string | undefined): string[] {
  if (text === undefined) return [];
  const tags = [...new Set(text.split(",").map((tag) => tag.trim()))].filter((tag) => tag !== "");
  const isTags = tags.length <= maxCacheTags && tags.every((tag) => cacheTagPattern.test(tag));
  if (isTags) return tags;
  const rule = `at most ${maxCacheTags} names of letters, digits and _ . : / -, with commas between`;
  throw new SluiceError("invalid_request", `The header ${cacheTagsHeader} must hold ${rule}.`);
}

/** What a client says to the cache, for the steps of a workflow: they keep to it each for itself. */
export function headersForCache(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    cacheHeaders.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}

/** Header of a reply that says what the cache did. */
export const cacheResultHeader = "x-sluice-cache";

/**
 * - `hit`: it is a reply that was kept, or that another request has just got.
 * - `miss`: there was none.
 * - `refresh`: the client wanted a new one.
 * - `bypass`: replies are cached here, and this request's is not.
 */
export type CacheResult = "hit" | "miss" | "refresh" | "bypass";

/** Header of a reply that was given to another question: the cosine similarity of the two. */
export const cacheSimilarityHeader = "x-sluice-cache-similarity";

/**
 * Headers that tell the client what the cache did.
 * @param key undefined for a request that has none
 * @param similarity of the question that the reply is of; undefined for its own
 */
export function cacheResultHeaders(
  result: CacheResult,
  key: string | undefined,
  similarity?: number,
): Record<string, string> {
  return {
    [cacheResultHeader]: result,
    ...(key === undefined ? {} : { "x-sluice-cache-key": key }),
    ...(similarity === undefined ? {} : { [cacheSimilarityHeader]: similarity.toFixed(4) }),
  };
}
