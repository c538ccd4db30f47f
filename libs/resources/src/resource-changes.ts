import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import { describeResource, type Resource } from "./resource.ts";

/** What a change does to one resource. */
export interface ResourceChange {
  /** `Kind namespace/name`. */
  name: string;
  type: "created" | "changed" | "removed" | "unchanged";
  /** YAML before and after; secrets in it are sealed. Empty where there is none. */
  before: string;
  after: string;
}

/** What is different between two sets of resources, those that are the same among it. */
export function resourceChanges(before: readonly Resource[], after: readonly Resource[]): ResourceChange[] {
  const earlier = new Map(before.map((resource) => [describeResource(resource), resource]));
  const later = new Map(after.map((resource) => [describeResource(resource), resource]));
  return [...new Set([...earlier.keys(), ...later.keys()])].map((name) => {
    const [old, young] = [earlier.get(name), later.get(name)];
    const texts = { before: textOf(old), after: textOf(young) };
    if (old === undefined) return { name, type: "created", ...texts };
    if (young === undefined) return { name, type: "removed", ...texts };
    const isSame = isDeepStrictEqual(old.plain, young.plain);
    return { name, type: isSame ? "unchanged" : "changed", ...texts };
  });
}

function textOf(resource: Resource | undefined): string {
  return resource === undefined ? "" : stringify(resource.plain);
}
