import { SluiceError } from "@sluice/contracts/sluice-error";

/** The regions that all lists have; undefined where there is no list. */
export function regionsOfAll(
  lists: readonly (readonly string[] | undefined)[],
): readonly string[] | undefined {
  let regions: readonly string[] | undefined;
  for (const list of lists) {
    if (list !== undefined) regions = regions?.filter((region) => list.includes(region)) ?? list;
  }
  return regions;
}

/** Whether a region is one of those; none is not. */
export function isWithin(region: string | undefined, regions: readonly string[]): boolean {
  return region !== undefined && regions.includes(region);
}

/**
 * Those of several targets that are in one of the regions, with the first of them.
 * @throws SluiceError `model_not_allowed` where none is
 */
export function poolWithin<Target, Pool extends { targets: readonly Target[] }>(
  pool: Pool & { targets: readonly Target[] },
  regionOf: (target: Target) => string | undefined,
  regions: readonly string[],
): { first: Target; pool: Pool } {
  const targets = pool.targets.filter((target) => isWithin(regionOf(target), regions));
  const [first] = targets;
  if (first === undefined) throw outOfRegions(regions);
  return { first, pool: { ...pool, targets } };
}

/** What a request is refused with that nothing in its regions answers. */
export function outOfRegions(regions: readonly string[]): SluiceError {
  const places = regions.length === 0 ? "no region in common" : regions.join(", ");
  const text = `The request must stay in certain regions (${places}), and what it asks for is answered in none of them.`;
  return new SluiceError("model_not_allowed", text, { parameter: "model" });
}
