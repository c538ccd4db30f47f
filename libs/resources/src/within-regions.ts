import { SluiceError } from "@sluice/contracts/sluice-error";
import type { FoundPool } from "./find-model.ts";
import type { Target } from "./find-target.ts";

/**
 * As much of what serves a request as is in the regions that it must stay in. The steps of a workflow are requests of
 * their own, and are held to them by these.
 * @param lists each of them must be kept to; undefined for any region
 * @throws SluiceError `model_not_allowed` where nothing is
 */
export function withinRegions(target: Target, lists: readonly (readonly string[] | undefined)[]): Target {
  const regions = regionsOfAll(lists);
  if (regions === undefined) return target;
  switch (target.type) {
    case "workflow":
      return { ...target, regions };
    case "http":
      if (isWithin(target.upstream.region, regions)) return { ...target, regions };
      throw outOfRegions(regions);
    case "model": {
      if (target.pool === undefined) {
        if (isWithin(target.backend.region, regions)) return { ...target, regions };
        throw outOfRegions(regions);
      }
      return { ...target, regions, ...ofPool(target.pool, regions) };
    }
  }
}

/** The regions that all lists have; undefined where there is no list. */
function regionsOfAll(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  let regions: readonly string[] | undefined;
  for (const list of lists) {
    if (list !== undefined) regions = regions?.filter((region) => list.includes(region)) ?? list;
  }
  return regions;
}

function ofPool(pool: FoundPool, regions: readonly string[]) {
  const targets = pool.targets.filter(({ backend }) => isWithin(backend.region, regions));
  const [first] = targets;
  if (first === undefined) throw outOfRegions(regions);
  const { backendName, backend, providerModel } = first;
  return { backendName, backend, providerModel, pool: { ...pool, targets } };
}

/** Whether a region is one of those; none is not. */
export function isWithin(region: string | undefined, regions: readonly string[]): boolean {
  return region !== undefined && regions.includes(region);
}

function outOfRegions(regions: readonly string[]): SluiceError {
  const places = regions.length === 0 ? "no region in common" : regions.join(", ");
  const text = `The request must stay in certain regions (${places}), and what it asks for is answered in none of them.`;
  return new SluiceError("model_not_allowed", text, { parameter: "model" });
}
