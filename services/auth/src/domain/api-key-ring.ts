import type { ApiKeyPolicy } from "@sluice/resources/snapshot";

/** The Secrets of a policy by the digests of their keys; made once for each revision of the configuration. */
const rings = new WeakMap<ApiKeyPolicy, ReadonlyMap<string, string>>();

/**
 * The Secret whose key a client sent. What is looked up is a digest with a key of the mesh's own, of which a caller
 * can't choose a part: the time that it takes says nothing about any key.
 * @param digest of what the client sent
 * @returns undefined when no Secret of the policy has such a key
 */
export function secretOpenedBy(policy: ApiKeyPolicy, digest: string): string | undefined {
  let ring = rings.get(policy);
  if (ring === undefined) {
    ring = new Map(policy.keys.map((key) => [key.digest, key.secret]));
    rings.set(policy, ring);
  }
  return ring.get(digest);
}
