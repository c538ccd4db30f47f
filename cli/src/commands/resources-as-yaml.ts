import type { Resource } from "@sluice/resources/resource";
import { stringify } from "yaml";

/** Resources as a file that `apply` takes; the values of Secrets are sealed in it. */
export function resourcesAsYaml(resources: readonly Pick<Resource, "plain">[]): string {
  return resources.map(({ plain }) => stringify(plain)).join("---\n");
}
