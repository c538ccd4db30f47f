import type { Destinations } from "./destinations.ts";
import type { RouteTarget } from "./http-route.ts";
import { NamePatternIndex } from "./name-pattern.ts";
import type { Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";
import { isWithin } from "./within-regions.ts";

/** What may be called, and where that is. */
interface Place {
  /** As messages name it. */
  name: string;
  region: string | undefined;
}

/** A route whose requests must stay in certain regions needs something there that answers them. */
export function refuseOutOfRegions(
  set: ResourceSet,
  { table, route, regions }: { table: Resource<"RouteTable">; route: string; regions: readonly string[] },
  destinations: Destinations,
  target: RouteTarget,
): void {
  for (const places of placesOf(destinations, target)) {
    if (places.length === 0 || places.some(({ region }) => isWithin(region, regions))) continue;
    const where = places.map(({ name, region }) =>
      region === undefined ? `${name} has no region` : `${name} is in ${region}`,
    );
    const text = `route ${route} must stay in ${regions.join(" or ")}, and nothing answers there: ${where.join(", ")}`;
    set.refuse(table, regions[0] ?? route, text);
  }
}

/** Of each call that a request makes, those of which one answers it. */
function placesOf(destinations: Destinations, target: RouteTarget): Place[][] {
  const { backends, upstreams, workflows } = destinations;
  const backendPlace = (name: string): Place => ({
    name: `AIBackend ${name}`,
    region: backends[name]?.region,
  });
  const modelPlaces = (model: string): Place[] => {
    const found = modelNamed(destinations, model);
    if (found === undefined) return [];
    const names = found.pool?.targets.map(({ backend }) => backend) ?? [found.backend];
    return [...new Set(names)].map(backendPlace);
  };
  switch (target.type) {
    case "model":
      return [[backendPlace(target.backend)]];
    case "named_model":
      return [modelPlaces(target.model)];
    case "http":
      return [
        (target.pool?.targets ?? [target]).map(({ upstream }) => ({
          name: upstream,
          region: upstreams[upstream]?.region,
        })),
      ];
    case "workflow":
      return (workflows[target.workflow]?.steps ?? []).flatMap((step) =>
        step.type === "template"
          ? []
          : step.choices.map(({ model, backend }) =>
              backend === undefined ? modelPlaces(model) : [backendPlace(backend)],
            ),
      );
  }
}

function modelNamed({ models }: Destinations, name: string) {
  return new NamePatternIndex(models.map((each) => [each.name, each])).find(name)?.value;
}
