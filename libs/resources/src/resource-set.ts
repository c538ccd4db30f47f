import type { ConfigurationProblem } from "./configuration-problem.ts";
import type { Kind } from "./kinds/kinds.ts";
import type { Reference } from "./kinds/metadata.ts";
import { describeResource, isOfKind, qualifiedName, type Resource } from "./resource.ts";
import { notFoundReason, type ResourceFinding, type ResourceLink } from "./resource-findings.ts";
import { suggestion } from "./schema-problems.ts";

/** All resources by kind and name while they are compiled, and what is found out about them. */
export class ResourceSet {
  readonly warnings: ConfigurationProblem[] = [];
  readonly problems: ConfigurationProblem[] = [];
  /** What warnings and problems say, for the conditions of the resources. */
  readonly findings: ResourceFinding[] = [];
  readonly #links = new Map<string, ResourceLink>();
  readonly #byKind = new Map<Kind, Map<string, Resource>>();

  readonly #elsewhere: ReadonlySet<string>;

  /** @param elsewhere those of the configuration file, which can't be referred to. @default none is known */
  constructor(resources: readonly Resource[], elsewhere: readonly Resource[] = []) {
    this.#elsewhere = new Set(elsewhere.map(describeResource));
    for (const resource of resources) {
      const ofKind = this.#byKind.get(resource.kind) ?? new Map<string, Resource>();
      ofKind.set(qualifiedName(resource.metadata), resource);
      this.#byKind.set(resource.kind, ofKind);
    }
  }

  /** Who names or chooses whom, each once. */
  get links(): ResourceLink[] {
    return [...this.#links.values()];
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
    const isThere = found !== undefined && isOfKind(found, kind);
    this.#addLink({ from: describeResource(from), to: `${kind} ${name}`, found: isThere });
    if (isThere) return found;
    const known = [...(this.#byKind.get(kind)?.keys() ?? [])];
    const missing = `there is no ${kind} ${name}`;
    const subject = where ?? describeResource(from);
    const hint = this.#elsewhere.has(`${kind} ${name}`)
      ? "; that of sluice.yaml is for what that file says only"
      : suggestion(name, known);
    const text = `${subject}: ${missing}${hint}`;
    this.warnings.push(from.place.problemAtText(reference.name, text));
    this.note(from, notFoundReason(kind), text);
    return missing;
  }

  /** Says that a resource chooses another one, by labels and not by its name. */
  link(from: Resource, to: Resource): void {
    this.#addLink({ from: describeResource(from), to: describeResource(to), found: true });
  }

  /**
   * @param text value of the resource that the warning is about
   * @param reason one word for its conditions. @default "RefNotFound"
   * @param condition the one that does not hold. @default "ResolvedRefs"
   */
  warn(
    resource: Resource,
    text: string,
    message: string,
    reason = "RefNotFound",
    condition: ResourceFinding["condition"] = "ResolvedRefs",
  ): void {
    this.warnings.push(resource.place.problemAtText(text, `${describeResource(resource)}: ${message}`));
    this.note(resource, reason, message, condition);
  }

  refuse(resource: Resource, text: string, message: string): void {
    this.problems.push(resource.place.problemAtText(text, `${describeResource(resource)}: ${message}`));
    this.note(resource, "Invalid", message, "Accepted");
  }

  /** Says it in the conditions of a resource only: somebody has been warned of it already. */
  note(
    resource: Resource,
    reason: string,
    message: string,
    condition: ResourceFinding["condition"] = "ResolvedRefs",
  ): void {
    this.findings.push({ resource: describeResource(resource), condition, reason, message });
  }

  #addLink(link: ResourceLink): void {
    this.#links.set(JSON.stringify([link.from, link.to]), link);
  }
}
