import type { ConfigurationProblem } from "./configuration-problem.ts";
import type { Kind, SpecOf } from "./kinds/kinds.ts";
import { defaultNamespace, type Metadata } from "./kinds/metadata.ts";

/** A resource as it is written and kept: values that its kind's schema takes, without defaults. */
export interface PlainResource {
  apiVersion: string;
  kind: Kind;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  spec: unknown;
}

/** Where a resource was written, for what is to be said about it. */
export interface ResourcePlace {
  /** A problem at the value that is this text, or else at the beginning of the resource. */
  problemAtText(text: string, message: string): ConfigurationProblem;
}

/** A resource that was read and checked. */
export interface Resource<K extends Kind = Kind> {
  kind: K;
  metadata: Metadata;
  spec: SpecOf<K>;
  /** As it was written, in Sluice's own form. */
  plain: PlainResource;
  place: ResourcePlace;
}

/** Name in the namespace `default`, else `namespace/name`: what status, spans and the ledger call it. */
export function qualifiedName({ name, namespace }: { name: string; namespace: string }): string {
  return namespace === defaultNamespace ? name : `${namespace}/${name}`;
}

/** `Kind namespace/name`, as messages name a resource. */
export function describeResource({ kind, metadata }: Pick<Resource, "kind" | "metadata">): string {
  return `${kind} ${qualifiedName(metadata)}`;
}

/** One of a kind. */
export function isOfKind<K extends Kind>(resource: Resource, kind: K): resource is Resource<K> {
  return resource.kind === kind;
}
