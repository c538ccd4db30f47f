import { routeAuthOf } from "./compile-access.ts";
import { cachingOfPolicies } from "./compile-caching.ts";
import { upstreamName } from "./compile-destinations.ts";
import { limitsOfPolicy } from "./compile-limit.ts";
import { compileListeners } from "./compile-listeners.ts";
import { compileMatch } from "./compile-match.ts";
import { guardPolicyName } from "./compile-policies.ts";
import { compileRoutePrompt, warnOfOverruledModels } from "./compile-prompts.ts";
import { refuseOutOfRegions } from "./compile-regions.ts";
import { compileRoutePool } from "./compile-route-pool.ts";
import type { Destinations } from "./destinations.ts";
import type { HttpRoute, RouteAuth, RouteTarget } from "./http-route.ts";
import type { RouteSpec } from "./kinds/route-table.ts";
import { missingSecret } from "./missing-secret.ts";
import { NamePatternIndex } from "./name-pattern.ts";
import { applies, type PolicyKind, warnOfIdlePolicies } from "./policy-attachment.ts";
import { qualifiedName, type Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";
import { suggestion } from "./schema-problems.ts";
import { refuseShadowed } from "./shadowed-routes.ts";
import type { Listener } from "./snapshot.ts";

export interface CompiledRoutes {
  listeners: Listener[];
  routes: HttpRoute[];
}

type Table = Resource<"RouteTable">;

/** The routes of all route tables, each with its policies and its destination, and the listeners that serve them. */
export function compileRoutes(set: ResourceSet, destinations: Destinations, nowMs: number): CompiledRoutes {
  const tables = set.all("RouteTable").map((table) => ({
    table,
    routes: table.spec.routes.map((route, index) => compileRoute(set, destinations, table, route, index)),
  }));
  warnOfIdlePolicies(set);
  const { listeners, tables: served } = compileListeners(set, tables, nowMs);
  refuseShadowed(
    set,
    served.flatMap(({ table, routes }) => routes.map((route) => ({ table, route }))),
  );
  return { listeners, routes: served.flatMap(({ routes }) => routes) };
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
  const namedAi = named("AIPolicy", spec.policies.ai ?? []) as Resource<"AIPolicy">[];
  const all = [...namedAi, ...attached(set, "AIPolicy", table, spec)];
  const ai = [...new Set(all)] as Resource<"AIPolicy">[];
  const [authPolicy] = onlyOne(set, table, name, auth as Resource<"AuthPolicy">[]);
  const [transformation] = onlyOne(set, table, name, transformations as Resource<"TransformationPolicy">[]);
  const target = found(targetOf(set, destinations, table, spec, name));
  const { externalService, aiBackend, workflow }: NonNullable<RouteSpec["destination"]> =
    spec.destination ?? spec.destinations?.[0] ?? {};
  if (externalService === undefined && spec.rewrite !== undefined) {
    const ownPaths = aiBackend === undefined ? "a model has its own paths" : "an AIBackend has its own paths";
    const other = workflow === undefined ? ownPaths : "a workflow has no path";
    const text = `route ${name}: rewrite is for an externalService; ${other}`;
    set.refuse(table, spec.name ?? table.metadata.name, text);
  }
  const isModel = target?.type === "model" || target?.type === "named_model";
  if (isModel && transformation !== undefined) {
    set.refuse(
      transformation,
      transformation.metadata.name,
      `route ${name} leads to a model that is called in its dialect, which takes no transformation`,
    );
  }
  const prompt = spec.prompt && found(compileRoutePrompt(set, table, spec.prompt, `route ${name}`));
  if (spec.prompt !== undefined && target?.type === "http") {
    const text = `route ${name}: a prompt is for a model that is called in its dialect; this one forwards what it gets`;
    set.refuse(table, spec.prompt.template.name, text);
  }
  const hasOneModel =
    target?.type === "named_model" || (target?.type === "model" && target.providerModel !== undefined);
  if (prompt !== undefined && hasOneModel) {
    warnOfOverruledModels(set, table, prompt, `route ${name}`);
  }
  if (target?.type === "http") refuseForForwarded(set, table, name, namedAi);
  if (target?.type === "workflow") refuseForWorkflow(set, name, ai, transformation);
  const { regions } = spec;
  if (regions !== undefined && target !== undefined)
    refuseOutOfRegions(set, { table, route: name, regions }, destinations, target);
  const caching = cachingOfPolicies(ai);
  const route: HttpRoute = {
    name,
    hosts: table.spec.hosts,
    matches: spec.match.map(compileMatch),
    ...(missing.length === 0 ? {} : { unavailable: missing.join("; ") }),
    auth: authOf(table, authPolicy),
    guardPolicies: ai
      .filter(({ spec: { prompt, reply } }) => prompt.length + reply.length > 0)
      .map(guardPolicyName),
    limits: ai.flatMap(limitsOfPolicy),
    ...(caching === undefined ? {} : { caching }),
    ...(transformation === undefined ? {} : { transformation: qualifiedName(transformation.metadata) }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(regions === undefined ? {} : { regions }),
    // Never called while the route is not available.
    target: target ?? { type: "http", upstream: "" },
  };
  return route;
}

/** Whoever names a policy with caching for what is forwarded expects of it what it does not do. */
function refuseForForwarded(
  set: ResourceSet,
  table: Table,
  route: string,
  named: readonly Resource<"AIPolicy">[],
): void {
  for (const { metadata, spec } of named) {
    if (spec.caching === undefined) continue;
    const text = `route ${route}: the AIPolicy ${qualifiedName(metadata)} has caching, which is for a model that is called in its dialect; this one forwards what it gets`;
    set.refuse(table, metadata.name, text);
  }
}

/** What a workflow has no use for must not be there as if it had. */
function refuseForWorkflow(
  set: ResourceSet,
  route: string,
  ai: readonly Resource<"AIPolicy">[],
  transformation: Resource<"TransformationPolicy"> | undefined,
): void {
  const leads = `route ${route} leads to a workflow`;
  if (transformation !== undefined) {
    const text = `${leads}, which takes no transformation; its steps have templates`;
    set.refuse(transformation, transformation.metadata.name, text);
  }
  for (const policy of ai) {
    if (policy.spec.caching === undefined) continue;
    set.refuse(policy, policy.metadata.name, `${leads}, whose replies are not cached`);
  }
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
  return routeAuthOf(policy);
}

function targetOf(
  set: ResourceSet,
  destinations: Destinations,
  table: Table,
  spec: RouteSpec,
  name: string,
): RouteTarget | string {
  const where = `route ${name}`;
  if (spec.destinations === undefined)
    return destinationOf(set, destinations, table, spec, spec.destination ?? {}, where);
  const resolved = spec.destinations.map(({ weight, priority, ...destination }) => {
    const target = destinationOf(set, destinations, table, spec, destination, where);
    const { name: named = "" } = destination.externalService ?? destination.aiBackend ?? {};
    return { name: named, weight, priority, target };
  });
  const { failover } = spec;
  return compileRoutePool(set, table, destinations.upstreams, { where, failover }, resolved);
}

function destinationOf(
  set: ResourceSet,
  destinations: Destinations,
  table: Table,
  { dialect, rewrite }: RouteSpec,
  destination: NonNullable<RouteSpec["destination"]>,
  where: string,
): RouteTarget | string {
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
  if (destination.model !== undefined)
    return namedModel(set, destinations, table, destination.model, dialect, where);
  if (destination.workflow !== undefined) {
    const resource = set.resolve(table, "Workflow", destination.workflow, where);
    if (typeof resource === "string") return resource;
    const workflow = qualifiedName(resource.metadata);
    const compiled = destinations.workflows[workflow];
    if (compiled === undefined) return `there is no Workflow ${workflow}`;
    return compiled.unavailable ?? { type: "workflow", workflow, model: compiled.model, dialect };
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

function namedModel(
  set: ResourceSet,
  { models }: Destinations,
  table: Table,
  model: string,
  dialect: RouteSpec["dialect"],
  where: string,
): RouteTarget | string {
  const names = models.map(({ name }) => name);
  const found = new NamePatternIndex(models.map((each) => [each.name, each])).find(model)?.value;
  if (found !== undefined) return found.unavailable ?? { type: "named_model", model, dialect };
  const missing = `there is no model ${model}`;
  set.warn(table, model, `${where}: ${missing}${suggestion(model, names)}`, "ModelNotFound");
  return missing;
}
