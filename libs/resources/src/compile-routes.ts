import { upstreamName } from "./compile-destinations.ts";
import { compileListeners } from "./compile-listeners.ts";
import { compileMatch } from "./compile-match.ts";
import { guardPolicyName } from "./compile-policies.ts";
import type { HttpRoute, RouteAuth, RouteLimit, RouteTarget } from "./http-route.ts";
import type { LimitSpec } from "./kinds/ai-policy.ts";
import type { Attachment } from "./kinds/attachment.ts";
import { matchesLabels } from "./kinds/metadata.ts";
import type { RouteSpec } from "./kinds/route-table.ts";
import { appliesToTable, coversModel } from "./models-of-tables.ts";
import { isOfKind, qualifiedName, type Resource } from "./resource.ts";
import { notFoundReason } from "./resource-findings.ts";
import type { ResourceSet } from "./resource-set.ts";
import type { Backend, Listener, Upstream } from "./snapshot.ts";

/** What routes may lead to. */
export interface Destinations {
  backends: Readonly<Record<string, Backend>>;
  upstreams: Readonly<Record<string, Upstream>>;
}

export interface CompiledRoutes {
  listeners: Listener[];
  routes: HttpRoute[];
}

type Table = Resource<"RouteTable">;
type PolicyKind = "AIPolicy" | "AuthPolicy" | "TransformationPolicy";

/** The routes of all route tables, each with its policies and its destination, and the listeners that serve them. */
export function compileRoutes(set: ResourceSet, destinations: Destinations): CompiledRoutes {
  const tables = set.all("RouteTable").map((table) => ({
    table,
    routes: table.spec.routes.map((route, index) => compileRoute(set, destinations, table, route, index)),
  }));
  warnOfIdlePolicies(set);
  const { listeners, tables: served } = compileListeners(set, tables);
  refuseShadowed(
    set,
    served.flatMap(({ table, routes }) => routes.map((route) => ({ table, route }))),
  );
  return { listeners, routes: served.flatMap(({ routes }) => routes) };
}

interface NamedRoute {
  table: Table;
  route: HttpRoute;
}

function compileRoute(
  set: ResourceSet,
  destinations: Destinations,
  table: Table,
  spec: RouteSpec,
  index: number,
): HttpRoute {
  const name = `${qualifiedName(table.metadata)}/${spec.name ?? index}`;
  const missing: string[] = [];
  const found = <Value>(value: Value | string): Value | undefined => {
    if (typeof value !== "string") return value;
    missing.push(value);
    return undefined;
  };
  const named = (kind: PolicyKind, references: readonly { name: string; namespace?: string | undefined }[]) =>
    references.flatMap((reference) => found(set.resolve(table, kind, reference, `route ${name}`)) ?? []);

  const auth = [
    ...named("AuthPolicy", spec.policies.auth === undefined ? [] : [spec.policies.auth]),
    ...attached(set, "AuthPolicy", table, spec),
  ];
  const transformations = [
    ...named(
      "TransformationPolicy",
      spec.policies.transformation === undefined ? [] : [spec.policies.transformation],
    ),
    ...attached(set, "TransformationPolicy", table, spec),
  ];
  const all = [...named("AIPolicy", spec.policies.ai ?? []), ...attached(set, "AIPolicy", table, spec)];
  const ai = [...new Set(all)] as Resource<"AIPolicy">[];
  const [authPolicy] = onlyOne(set, table, name, auth as Resource<"AuthPolicy">[]);
  const [transformation] = onlyOne(set, table, name, transformations as Resource<"TransformationPolicy">[]);
  const target = found(targetOf(set, destinations, table, spec, name));
  if (spec.destination.aiBackend !== undefined && spec.rewrite !== undefined) {
    set.refuse(
      table,
      spec.name ?? table.metadata.name,
      `route ${name}: rewrite is for an externalService; an AIBackend has its own paths`,
    );
  }
  if (target?.type === "model" && transformation !== undefined) {
    set.refuse(
      transformation,
      transformation.metadata.name,
      `route ${name} leads to a model that is called in its dialect, which takes no transformation`,
    );
  }
  const cacheTtlMs = Math.min(...ai.flatMap(({ spec: { caching } }) => caching?.ttl ?? []));
  const route: HttpRoute = {
    name,
    hosts: table.spec.hosts,
    matches: spec.match.map(compileMatch),
    ...(missing.length === 0 ? {} : { unavailable: missing.join("; ") }),
    auth: authOf(table, authPolicy),
    guardPolicies: ai
      .filter(({ spec: { prompt, reply } }) => prompt.length + reply.length > 0)
      .map(guardPolicyName),
    limits: ai.flatMap((policy) =>
      policy.spec.limits.map((limit, position) => compileLimit(policy, limit, position)),
    ),
    ...(Number.isFinite(cacheTtlMs) ? { cacheTtlMs } : {}),
    ...(transformation === undefined ? {} : { transformation: qualifiedName(transformation.metadata) }),
    // Never called while the route is not available.
    target: target ?? { type: "http", upstream: "" },
  };
  return route;
}

function attached(
  set: ResourceSet,
  kind: PolicyKind,
  table: Table,
  route: RouteSpec,
): Resource<PolicyKind>[] {
  const policies = set
    .all(kind)
    .filter(({ metadata, spec }) => applies(spec.applyTo, metadata.namespace, table, route));
  for (const policy of policies) set.link(policy, table);
  return policies;
}

function applies(
  attachment: Attachment | undefined,
  namespace: string,
  table: Table,
  route: RouteSpec,
): boolean {
  return (
    attachment?.routes?.some(({ labels }) => matchesLabels(route.labels, labels)) === true ||
    appliesToTable(attachment, namespace, table)
  );
}

/** Of some kinds a route can have one policy: two would contradict each other. */
function onlyOne<K extends PolicyKind>(
  set: ResourceSet,
  table: Table,
  route: string,
  policies: Resource<K>[],
): Resource<K>[] {
  const [first, second] = new Set(policies);
  if (first !== undefined && second !== undefined) {
    const names = `${qualifiedName(first.metadata)} and ${qualifiedName(second.metadata)}`;
    set.refuse(
      table,
      second.metadata.name,
      `route ${route} has two policies of the kind ${first.kind}, ${names}; it can have one`,
    );
  }
  return first === undefined ? [] : [first];
}

function authOf(table: Table, policy: Resource<"AuthPolicy"> | undefined): RouteAuth {
  if (policy === undefined)
    return { type: "virtual_key", required: table.spec.authentication === "required" };
  if (policy.spec.apiKey !== undefined) return { type: "api_key", policy: qualifiedName(policy.metadata) };
  return { type: "virtual_key", required: policy.spec.virtualKeys !== undefined };
}

function targetOf(
  set: ResourceSet,
  destinations: Destinations,
  table: Table,
  { destination, dialect, rewrite }: RouteSpec,
  name: string,
): RouteTarget | string {
  const where = `route ${name}`;
  if (destination.aiBackend !== undefined) {
    const backend = set.resolve(table, "AIBackend", destination.aiBackend, where);
    if (typeof backend === "string") return backend;
    const target = qualifiedName(backend.metadata);
    const secret = missingSecret(set, backend);
    if (secret !== undefined) {
      set.note(table, secret.reason, `${where}: AIBackend ${target}: ${secret.text}`);
      return secret.text;
    }
    if (destinations.backends[target] === undefined) return { type: "http", upstream: target };
    const { model } = backend.spec;
    return {
      type: "model",
      backend: target,
      dialect,
      ...(model === undefined ? {} : { providerModel: model }),
    };
  }
  const { port, ...reference } = destination.externalService ?? { name: "" };
  const service = set.resolve(table, "ExternalService", reference, where);
  if (typeof service === "string") return service;
  const ports = service.spec.ports.map(({ number }) => number);
  const [only] = ports;
  if (port === undefined && ports.length > 1) {
    set.refuse(
      table,
      reference.name,
      `${where} must say which port of the ExternalService is meant: ${ports.join(", ")}`,
    );
  } else if (port !== undefined && !ports.includes(port)) {
    set.refuse(
      table,
      reference.name,
      `${where}: the ExternalService has no port ${port}, only ${ports.join(", ")}`,
    );
  }
  return {
    type: "http",
    upstream: upstreamName(service, port ?? only ?? 0),
    ...(rewrite?.path === undefined ? {} : { path: rewrite.path }),
    ...(rewrite?.host === undefined ? {} : { host: rewrite.host }),
  };
}

/** Without its own key a backend is not called with another one that happens to be there. */
export function missingSecret(
  set: ResourceSet,
  { metadata, spec }: Resource<"AIBackend">,
): { reason: string; text: string } | undefined {
  const secret = spec.credentials?.secret;
  if (secret === undefined) return undefined;
  const name = qualifiedName({ name: secret.name, namespace: secret.namespace ?? metadata.namespace });
  const found = set.all("Secret").find((candidate) => qualifiedName(candidate.metadata) === name);
  if (found === undefined) return { reason: notFoundReason("Secret"), text: `there is no Secret ${name}` };
  return found.spec.sealed?.[secret.entry] === undefined
    ? { reason: "SecretEntryNotFound", text: `the Secret ${name} has no entry ${secret.entry}` }
    : undefined;
}

function compileLimit(policy: Resource<"AIPolicy">, limit: LimitSpec, position: number): RouteLimit {
  const name = `${qualifiedName(policy.metadata)}/${position}`;
  const intervalMs = limit.interval;
  if (limit.tokens !== undefined) return { name, unit: "total_tokens", amount: limit.tokens, intervalMs };
  if (limit.requests !== undefined) return { name, unit: "requests", amount: limit.requests, intervalMs };
  return { name, unit: "cost_nano_usd", amount: nanoUsd(limit.usd ?? "0"), intervalMs };
}

/** `USD 10.00` or `10.00` as nano-dollars; at most nine decimals, so it is exact. */
function nanoUsd(text: string): number {
  const [whole = "0", fraction = ""] = text.replace(/^USD /, "").split(".");
  return Number(whole) * 1e9 + Number(fraction.padEnd(9, "0"));
}

/** A policy that covers no route does nothing, which is hardly what was meant. */
function warnOfIdlePolicies(set: ResourceSet): void {
  const tables = set.all("RouteTable");
  const kinds: PolicyKind[] = ["AIPolicy", "AuthPolicy", "TransformationPolicy"];
  for (const policy of kinds.flatMap((kind): Resource<PolicyKind>[] => set.all(kind))) {
    const { applyTo } = policy.spec;
    const isUsed = tables.some((table) =>
      table.spec.routes.some(
        (route) => applies(applyTo, policy.metadata.namespace, table, route) || isNamed(policy, table, route),
      ),
    );
    if (isUsed || (isOfKind(policy, "AIPolicy") && coversModel(set, policy))) continue;
    const text = "it covers no route, so it does nothing";
    set.warn(policy, policy.metadata.name, text, "TargetNotFound", "Accepted");
  }
}

function isNamed(policy: Resource<PolicyKind>, table: Table, { policies }: RouteSpec): boolean {
  const references = {
    AIPolicy: policies.ai ?? [],
    AuthPolicy: policies.auth === undefined ? [] : [policies.auth],
    TransformationPolicy: policies.transformation === undefined ? [] : [policies.transformation],
  }[policy.kind];
  return references.some(
    ({ name, namespace }) =>
      name === policy.metadata.name && (namespace ?? table.metadata.namespace) === policy.metadata.namespace,
  );
}

/** Two routes for the very same requests: the second would never be reached. */
function refuseShadowed(set: ResourceSet, routes: readonly NamedRoute[]): void {
  const first = new Map<string, string>();
  for (const { table, route } of routes) {
    for (const match of route.matches) {
      for (const host of route.hosts) {
        const { type, value } = match.path;
        const path = { type, value: type === "prefix" ? value.replace(/\/$/, "") : value };
        const key = JSON.stringify([route.listener, host, { ...match, path }]);
        const earlier = first.get(key);
        if (earlier === undefined) first.set(key, route.name);
        else if (earlier !== route.name) {
          const where = `${type} ${value} of host ${host}`;
          set.refuse(
            table,
            value,
            `route ${route.name} is never reached: ${earlier} is for the same requests (${where})`,
          );
        }
      }
    }
  }
}
