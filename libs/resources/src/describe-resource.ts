import type { AppliedConfiguration } from "./applied-configuration.ts";
import { type Condition, conditionsOf, nameOfPlain, type RunningInstance } from "./conditions.ts";
import { defaultNamespace } from "./kinds/metadata.ts";
import type { PlainResource } from "./resource.ts";
import { shownResource } from "./shown-resource.ts";

/** A resource that another one refers to or is referred to by. */
export interface NamedResource {
  /** Kind and name. */
  resource: string;
  found: boolean;
}

/** All that is known of a resource. */
export interface ResourceDescription {
  apiVersion: string;
  kind: string;
  metadata: PlainResource["metadata"] & { namespace: string };
  /** Of the values of a Secret fingerprints only. */
  spec: unknown;
  refersTo: NamedResource[];
  referredToBy: NamedResource[];
  /** The routes that it makes, of a RouteTable. */
  routes: { name: string; state: string }[];
  conditions: Condition[];
  /** Who changed it last; undefined where an earlier release applied it. */
  lastChange: LastChange | undefined;
}

export interface LastChange {
  revision: number;
  /** ISO 8601. */
  at: string;
  by: string;
  /** What was done, and why, as long as that revision is kept. */
  change: string | undefined;
  reason: string | undefined;
}

/** Describes one resource of the configuration that the mesh works by. */
export function describeOne(
  plain: PlainResource,
  configuration: AppliedConfiguration,
  instances: readonly RunningInstance[],
): ResourceDescription {
  const name = nameOfPlain(plain);
  const { apiVersion, kind, metadata, spec } = shownResource(plain);
  const { links, content } = configuration;
  return {
    apiVersion,
    kind,
    metadata: { ...metadata, namespace: metadata.namespace ?? defaultNamespace },
    spec,
    refersTo: links
      .filter(({ from }) => from === name)
      .map(({ to, found }) => ({ resource: to, found }))
      .toSorted(byName),
    referredToBy: links
      .filter(({ to }) => to === name)
      .map(({ from }) => ({ resource: from, found: true }))
      .toSorted(byName),
    routes:
      kind === "RouteTable"
        ? content.routes
            .filter((route) => `RouteTable ${route.name.slice(0, route.name.lastIndexOf("/"))}` === name)
            .map(({ name: route, unavailable }) => ({
              name: route,
              state: unavailable === undefined ? "ready" : `closed (503): ${unavailable}`,
            }))
        : [],
    conditions: conditionsOf(plain, configuration, instances),
    lastChange: lastChangeOf(name, configuration),
  };
}

function lastChangeOf(name: string, { applied }: AppliedConfiguration): LastChange | undefined {
  const state = applied.states[name];
  if (state === undefined) return undefined;
  const { revision, atMs, by } = state;
  const entry = applied.history.find((candidate) => candidate.revision === revision);
  return { revision, at: new Date(atMs).toISOString(), by, change: entry?.change, reason: entry?.reason };
}

function byName(a: NamedResource, b: NamedResource): number {
  return a.resource.localeCompare(b.resource);
}
