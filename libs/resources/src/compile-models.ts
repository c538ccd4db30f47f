import { ChoosingModels, type OwnPolicies } from "./choosing/compile-choosing-models.ts";
import { cachingOfPolicies } from "./compile-caching.ts";
import { limitsOfPolicy } from "./compile-limit.ts";
import { guardPolicyName } from "./compile-policies.ts";
import type { TableModel } from "./kinds/table-model.ts";
import { missingSecret } from "./missing-secret.ts";
import type { PoolTarget } from "./model-pool.ts";
import { appliesToTable, type ModelOfTable, modelsOfTables } from "./models-of-tables.ts";
import { qualifiedName, type Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";
import type { Backend, ModelRoute } from "./snapshot.ts";

/**
 * The models that the gateway's own endpoints serve, of all route tables.
 * @param others those of the configuration file, which models may choose from too
 */
export function compileModels(
  set: ResourceSet,
  backends: Readonly<Record<string, Backend>>,
  others: readonly ModelRoute[],
): ModelRoute[] {
  const models = modelsOfTables(set);
  refuseRepeated(set, models);
  const plain = new Map(
    models
      .filter(({ model }) => model.choose === undefined)
      .map((one) => [one, compileModel(set, backends, one)]),
  );
  const choosing = new ChoosingModels(set, {
    models: [...others, ...plain.values()],
    choosing: models.filter(({ model }) => model.choose !== undefined),
    policiesOf: ({ table, model }) => ownPolicies(set, table, model),
  });
  return models.map((one) => plain.get(one) ?? choosing.compile(one));
}

function ownPolicies(set: ResourceSet, table: Resource<"RouteTable">, model: TableModel): OwnPolicies {
  const missing: string[] = [];
  const policies = policiesOf(set, table, model, missing);
  return { guardPolicies: guardPoliciesOf(policies), limits: policies.flatMap(limitsOfPolicy), missing };
}

/** Names of those that have something for the guard to do. */
function guardPoliciesOf(policies: readonly Resource<"AIPolicy">[]): string[] {
  return policies
    .filter(({ spec: { prompt, reply } }) => prompt.length + reply.length > 0)
    .map(guardPolicyName);
}

function compileModel(
  set: ResourceSet,
  backends: Readonly<Record<string, Backend>>,
  { table, model }: ModelOfTable,
): ModelRoute {
  const { name, listed, sticky = "none", strategy = "weighted", lastResort, midStream } = model;
  const missing: string[] = [];
  const targets = targetsOf(model).flatMap((target) => {
    const backend = compileBackend(set, backends, { table, name, aiBackend: target.aiBackend }, missing);
    return backend === undefined ? [] : [compileTarget(target, backend)];
  });
  const [first] = targets;
  // One target that lacks something is done without, as one that fails is.
  const lacking = first === undefined ? [...missing] : [];
  const policies = policiesOf(set, table, model, lacking);
  const limits = policies.flatMap(limitsOfPolicy);
  const caching = cachingOfPolicies(policies);
  return {
    name,
    backend: first?.backend ?? "",
    ...(first?.providerModel === undefined ? {} : { providerModel: first.providerModel }),
    ...(model.targets === undefined || first === undefined ? {} : { pool: { sticky, strategy, targets } }),
    listed: name.endsWith("*") ? (listed ?? []) : [name],
    guardPolicies: guardPoliciesOf(policies),
    lostCall: model.lostCall,
    ...(lastResort === undefined ? {} : { lastResort }),
    ...(midStream === undefined || midStream === "error" ? {} : { midStream }),
    ...(limits.length === 0 ? {} : { limits }),
    ...(caching === undefined ? {} : { caching }),
    ...(lacking.length === 0 ? {} : { unavailable: lacking.join("; ") }),
  };
}

type TableTarget = NonNullable<TableModel["targets"]>[number];

/** What can answer, whichever way it is written. */
function targetsOf({ destination, targets, providerModel }: TableModel): TableTarget[] {
  if (targets !== undefined) return targets;
  if (destination === undefined) return [];
  return [{ ...destination, providerModel, weight: 1, priority: 0 }];
}

function compileTarget(
  { providerModel, weight, priority }: TableTarget,
  { name, model }: NamedBackend,
): PoolTarget {
  const asked = providerModel ?? model;
  return { backend: name, ...(asked === undefined ? {} : { providerModel: asked }), weight, priority };
}

interface NamedBackend {
  name: string;
  /** Model that it asks for, whatever the client names. */
  model: string | undefined;
}

/** @param missing takes what it lacks; undefined is returned then */
function compileBackend(
  set: ResourceSet,
  backends: Readonly<Record<string, Backend>>,
  {
    table,
    name,
    aiBackend,
  }: { table: Resource<"RouteTable">; name: string } & Pick<TableTarget, "aiBackend">,
  missing: string[],
): NamedBackend | undefined {
  const where = `model ${name}`;
  const backend = set.resolve(table, "AIBackend", aiBackend, where);
  if (typeof backend === "string") {
    missing.push(backend);
    return undefined;
  }
  const backendName = qualifiedName(backend.metadata);
  const secret = missingSecret(set, backend);
  if (secret !== undefined) {
    missing.push(secret.text);
    set.note(table, secret.reason, `${where}: AIBackend ${backendName}: ${secret.text}`);
    return undefined;
  }
  if (backends[backendName] === undefined) {
    const text = `${where}: the AIBackend is called as it is, in no dialect; it takes a route`;
    set.refuse(table, aiBackend.name, text);
  }
  return { name: backendName, model: backend.spec.model };
}

/** The policies that a model names, and those that choose its table. */
function policiesOf(
  set: ResourceSet,
  table: Resource<"RouteTable">,
  { name, policies }: ModelOfTable["model"],
  missing: string[],
): Resource<"AIPolicy">[] {
  const named = (policies.ai ?? []).flatMap((reference) => {
    const policy = set.resolve(table, "AIPolicy", reference, `model ${name}`);
    if (typeof policy !== "string") return [policy];
    missing.push(policy);
    return [];
  });
  const attached = set
    .all("AIPolicy")
    .filter(({ metadata, spec }) => appliesToTable(spec.applyTo, metadata.namespace, table));
  for (const policy of attached) set.link(policy, table);
  return [...new Set([...named, ...attached])];
}

function refuseRepeated(set: ResourceSet, models: readonly ModelOfTable[]): void {
  const first = new Map<string, Resource<"RouteTable">>();
  for (const { table, model } of models) {
    const earlier = first.get(model.name);
    if (earlier === undefined) first.set(model.name, table);
    else {
      const other = `RouteTable ${qualifiedName(earlier.metadata)}`;
      set.refuse(table, model.name, `model ${model.name}: ${other} has a model of this name`);
    }
  }
}
