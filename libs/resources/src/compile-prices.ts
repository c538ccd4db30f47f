import { findPriceTiers } from "@sluice/pricing/find-price";
import type { CompiledLimit } from "./compiled-limit.ts";
import type { HttpRoute } from "./http-route.ts";
import type { PriceOverride } from "./price-override.ts";
import { qualifiedName } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";
import type { ModelRoute } from "./snapshot.ts";

/** The prices that AIBackends have of their own; they stand before all others. */
export function compilePrices(set: ResourceSet): PriceOverride[] {
  return set.all("AIBackend").flatMap(({ metadata, spec }) => {
    if (spec.price === undefined) return [];
    const { usdPerMillionTokens } = spec.price;
    return [{ backend: qualifiedName(metadata), model: "*", usdPerMillionTokens }];
  });
}

export interface KnownPrices {
  /** In the order in which they are looked at. */
  prices: readonly PriceOverride[];
  /** False where the mesh may have more: then what has no price is only warned of. */
  areAll: boolean;
  nowMs: number;
}

/**
 * Refuses routes and models whose cost is limited and which have no price: they would answer 503, or never come to the limit.
 * Where the client names the model, that can't be told.
 */
export function refuseUnpriced(
  set: ResourceSet,
  { routes, models }: { routes: readonly HttpRoute[]; models: readonly ModelRoute[] },
  { prices, areAll, nowMs }: KnownPrices,
): void {
  const backends = new Map(set.all("AIBackend").map((backend) => [qualifiedName(backend.metadata), backend]));
  for (const { what, limits, name: backendName, providerModel } of limited(routes, models)) {
    const limit = limits.find(({ unit }) => unit === "cost_nano_usd");
    const backend = backends.get(backendName);
    if (limit === undefined || backend === undefined) continue;
    const { provider } = backend.spec;
    const name = qualifiedName(backend.metadata);
    // What is forwarded as it is is booked under the backend's name where it has no other.
    const model = providerModel ?? backend.spec.model ?? (provider === "huggingface" ? name : undefined);
    if (model === undefined) continue;
    const question = { backend: name, provider, model, atMs: nowMs };
    if (findPriceTiers(question, prices) !== undefined) continue;
    const text =
      `the limit ${limit.name} of the ${what} is in US dollars, and there is no price for the model ${model}: ` +
      "give it one, as price: { usdPerMillionTokens: { input: …, output: … } }, or in the prices of sluice.yaml";
    if (areAll) set.refuse(backend, model, text);
    else set.warn(backend, model, text);
  }
}

interface LimitedTarget {
  /** As the message names it. */
  what: string;
  limits: readonly CompiledLimit[];
  /** Of the backend. */
  name: string;
  /** Model that the backend is asked for, where that is not the backend's own. */
  providerModel: string | undefined;
}

function limited(routes: readonly HttpRoute[], models: readonly ModelRoute[]): LimitedTarget[] {
  const ofRoutes = routes.flatMap(({ name: route, limits, target }): LimitedTarget[] => {
    // These have models of their own, each of which is refused, when it is asked for, where it has no price.
    if (target.type === "workflow" || target.type === "named_model") return [];
    const names =
      target.type === "model"
        ? [target.backend]
        : (target.pool?.targets ?? [target]).map(({ upstream }) => upstream);
    return names.map((name) => ({ what: `route ${route}`, limits, name, providerModel: undefined }));
  });
  const ofModels = models.flatMap(({ name: model, limits = [], pool, ...only }) =>
    (pool?.targets ?? [only]).flatMap(({ backend, providerModel = model }) =>
      providerModel.endsWith("*") ? [] : [{ what: `model ${model}`, limits, name: backend, providerModel }],
    ),
  );
  return [...ofRoutes, ...ofModels];
}
