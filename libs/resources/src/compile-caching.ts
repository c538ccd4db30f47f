import { compileSemantic, strictestSemantic } from "./compile-semantic.ts";
import { type CompiledCaching, cacheScopes } from "./compiled-caching.ts";
import type { CachingSpec } from "./kinds/caching.ts";
import type { Resource } from "./resource.ts";

/**
 * How replies are cached that several policies cover: as the strictest of them say together, since each says how far it
 * may go.
 * @returns undefined where none of them says anything of it
 */
export function cachingOfPolicies(policies: readonly Resource<"AIPolicy">[]): CompiledCaching | undefined {
  const all = policies.flatMap(({ spec }) =>
    spec.caching === undefined ? [] : [compileCaching(spec.caching)],
  );
  if (all.length === 0) return undefined;
  return all.reduce(strictest);
}

function compileCaching({
  ttl,
  scope,
  maxTemperature,
  allowTools,
  maxSize,
  tags,
  semantic,
}: CachingSpec): CompiledCaching {
  return {
    ttlMs: ttl,
    scope,
    ...(maxTemperature === undefined ? {} : { maxTemperature }),
    allowTools,
    maxBytes: maxSize,
    tags: [...new Set(tags)],
    ...(semantic === undefined ? {} : { semantic: compileSemantic(semantic) }),
  };
}

function strictest(one: CompiledCaching, other: CompiledCaching): CompiledCaching {
  const semantic = strictestSemantic(one.semantic, other.semantic);
  const temperature = Math.min(one.maxTemperature ?? Infinity, other.maxTemperature ?? Infinity);
  return {
    ttlMs: Math.min(one.ttlMs, other.ttlMs),
    scope: cacheScopes.indexOf(one.scope) > cacheScopes.indexOf(other.scope) ? one.scope : other.scope,
    ...(Number.isFinite(temperature) ? { maxTemperature: temperature } : {}),
    allowTools: one.allowTools && other.allowTools,
    maxBytes: Math.min(one.maxBytes, other.maxBytes),
    tags: [...new Set([...one.tags, ...other.tags])],
    ...(semantic === undefined ? {} : { semantic }),
  };
}
