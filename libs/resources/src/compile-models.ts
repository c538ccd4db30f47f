import { limitsOfPolicy } from "./compile-limit.ts";
import { guardPolicyName } from "./compile-policies.ts";
import { missingSecret } from "./missing-secret.ts";
import { appliesToTable, type ModelOfTable, modelsOfTables } from "./models-of-tables.ts";
import { qualifiedName, type Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";
import type { Backend, ModelRoute } from "./snapshot.ts";

/** The models that the gateway's own endpoints serve, of all route tables. */
export function compileModels(set: ResourceSet, backends: Readonly<Record<string, Backend>>): ModelRoute[] {
  const models = modelsOfTables(set);
  refuseRepeated(set, models);
  return models.map((one) => compileModel(set, backends, one));
}

function compileModel(
  set: ResourceSet,
  backends: Readonly<Record<string, Backend>>,
  { table, model }: ModelOfTable,
): ModelRoute {
  const { name, destination, listed } = model;
  const where = `model ${name}`;
  const missing: string[] = [];
  const backend = set.resolve(table, "AIBackend", destination.aiBackend, where);
  if (typeof backend === "string") missing.push(backend);
  else {
    const secret = missingSecret(set, backend);
    if (secret !== undefined) {
      missing.push(secret.text);
      set.note(
        table,
        secret.reason,
        `${where}: AIBackend ${qualifiedName(backend.metadata)}: ${secret.text}`,
      );
    } else if (backends[qualifiedName(backend.metadata)] === undefined) {
      const text = `${where}: the AIBackend is called as it is, in no dialect; it takes a route`;
      set.refuse(table, destination.aiBackend.name, text);
    }
  }
  const policies = policiesOf(set, table, model, missing);
  const limits = policies.flatMap(limitsOfPolicy);
  const providerModel = model.providerModel ?? (typeof backend === "string" ? undefined : backend.spec.model);
  return {
    name,
    backend: typeof backend === "string" ? "" : qualifiedName(backend.metadata),
    ...(providerModel === undefined ? {} : { providerModel }),
    listed: name.endsWith("*") ? (listed ?? []) : [name],
    guardPolicies: policies
      .filter(({ spec: { prompt, reply } }) => prompt.length + reply.length > 0)
      .map(guardPolicyName),
    lostCall: model.lostCall,
    ...(limits.length === 0 ? {} : { limits }),
    ...(missing.length === 0 ? {} : { unavailable: missing.join("; ") }),
  };
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
  const all = [...new Set([...named, ...attached])];
  for (const policy of all) {
    if (policy.spec.caching === undefined) continue;
    const text = `model ${name} can't have the caching of an AIPolicy, which is for routes`;
    set.refuse(policy, policy.metadata.name, text);
  }
  return all;
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
