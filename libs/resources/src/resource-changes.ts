import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import { describeResource, type Resource } from "./resource.ts";

/** What a change does to one resource. */
export interface ResourceChange {
  /** `Kind namespace/name`. */
  name: string;
  type: "created" | "changed" | "removed" | "unchanged";
  /** YAML before and after; secrets in it are sealed. Empty where there is none. */
  readonly before: string;
  readonly after: string;
}

/** What is different between two sets of resources, those that are the same among it. */
export function resourceChanges(before: readonly Resource[], after: readonly Resource[]): ResourceChange[] {
  const earlier = new Map(before.map((resource) => [describeResource(resource), resource]));
  const later = new Map(after.map((resource) => [describeResource(resource), resource]));
  return [...new Set([...earlier.keys(), ...later.keys()])].map((name) => {
    const [old, young] = [earlier.get(name), later.get(name)];
    return {
      name,
      type: typeOf(old, young),
      // Written when it is asked for: of thousands that are the same nobody does.
      get before() {
        return textOf(old);
      },
      get after() {
        return textOf(young);
      },
    };
  });
}

function typeOf(old: Resource | undefined, young: Resource | undefined): ResourceChange["type"] {
  if (old === undefined) return "created";
  if (young === undefined) return "removed";
  return isDeepStrictEqual(old.plain, young.plain) ? "unchanged" : "changed";
}

function textOf(resource: Resource | undefined): string {
  return resource === undefined ? "" : stringify(resource.plain);
}
