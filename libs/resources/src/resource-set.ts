import type { ConfigurationProblem } from "./configuration-problem.ts";
import type { Kind } from "./kinds/kinds.ts";
import type { Reference } from "./kinds/metadata.ts";
import { describeResource, isOfKind, qualifiedName, type Resource } from "./resource.ts";
import { suggestion } from "./schema-problems.ts";

/** All resources by kind and name while they are compiled, and what is found out about them. */
export class ResourceSet {
  readonly warnings: ConfigurationProblem[] = [];
  readonly problems: ConfigurationProblem[] = [];
  readonly #byKind = new Map<Kind, Map<string, Resource>>();

  constructor(resources: readonly Resource[]) {
    for (const resource of resources) {
      const ofKind = this.#byKind.get(resource.kind) ?? new Map<string, Resource>();
      ofKind.set(qualifiedName(resource.metadata), resource);
      this.#byKind.set(resource.kind, ofKind);
    }
  }

  all<K extends Kind>(kind: K): Resource<K>[] {
    const resources = [...(this.#byKind.get(kind)?.values() ?? [])];
    return resources.filter((resource): resource is Resource<K> => isOfKind(resource, kind));
  }

  /**
   * What a resource refers to.
   * @returns the resource; or, where there is none, a sentence that says so, which is a warning too
   */
  resolve<K extends Kind>(
    from: Resource,
    kind: K,
    reference: Reference,
    where?: string,
  ): Resource<K> | string {
    const name = qualifiedName({
      name: reference.name,
      namespace: reference.namespace ?? from.metadata.namespace,
    });
    const found = this.#byKind.get(kind)?.get(name);
    if (found !== undefined && isOfKind(found, kind)) return found;
    const known = [...(this.#byKind.get(kind)?.keys() ?? [])];
    const missing = `there is no ${kind} ${name}`;
    const subject = where ?? describeResource(from);
    const text = `${subject}: ${missing}${suggestion(name, known)}`;
    this.warnings.push(from.place.problemAtText(reference.name, text));
    return missing;
  }

  warn(resource: Resource, text: string, message: string): void {
    this.warnings.push(resource.place.problemAtText(text, `${describeResource(resource)}: ${message}`));
  }

  refuse(resource: Resource, text: string, message: string): void {
    this.problems.push(resource.place.problemAtText(text, `${describeResource(resource)}: ${message}`));
  }
}
