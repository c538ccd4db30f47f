import { hash } from "node:crypto";
import { resolve } from "node:path";
import type { z } from "zod";
import { formatByteSize } from "./byte-size.ts";
import { retriesSchema, timeoutsSchema } from "./call-limits.ts";
import type { Configuration } from "./configuration.ts";
import { configurationSource } from "./configuration-source.ts";
import { formatDuration } from "./duration.ts";
import type { gatewaySchema } from "./gateway-schema.ts";
import { apiVersion, type Kind, kinds, type SpecOf } from "./kinds/kinds.ts";
import type { LimitSpec, limitSchema } from "./kinds/limit.ts";
import { defaultNamespace } from "./kinds/metadata.ts";
import type { tableModelSchema } from "./kinds/table-model.ts";
import { NamePatternIndex } from "./name-pattern.ts";
import type { PlainResource, Resource, ResourcePlace } from "./resource.ts";

/** Name of the resources that the parts of a configuration become which have no name there. */
const ownName = "sluice-yaml";

type ModelConfiguration = Configuration["models"][number];
type PlainModel = z.input<typeof tableModelSchema>;

/**
 * The resources that a checked configuration stands for: an AIBackend for each backend, an AIPolicy for each guard
 * policy and for the limits of defaults and of each model, a RouteTable with all models, and GatewaySettings.
 * @param directory Where relative paths of secret files begin.
 * @param file What is said about them names it.
 */
export function configurationResources(
  configuration: Configuration,
  directory: string,
  file: string,
): Resource[] {
  const { backends, guardPolicies, gateway, ledger, prices } = configuration;
  const place = placeIn(file);
  return [
    ...Object.entries(backends).map(([name, backend]) =>
      resourceOf("AIBackend", name, plainBackend(backend, directory), place),
    ),
    ...Object.entries(guardPolicies).map(([name, policy]) => resourceOf("AIPolicy", name, policy, place)),
    ...limitPolicies(configuration).map(([name, limits]) =>
      resourceOf("AIPolicy", name, { limits: limits.map(plainLimit) }, place),
    ),
    resourceOf("RouteTable", ownName, { models: plainModels(configuration) }, place),
    resourceOf("GatewaySettings", ownName, { gateway: plainGateway(gateway), ledger, prices }, place),
  ];
}

function resourceOf<K extends Kind>(kind: K, name: string, spec: object, place: ResourcePlace): Resource<K> {
  const written = JSON.parse(JSON.stringify(spec)) as unknown;
  return {
    kind,
    metadata: { name, namespace: defaultNamespace, labels: configurationSource },
    spec: kinds[kind].parse(written) as SpecOf<K>,
    plain: { apiVersion, kind, metadata: { name }, spec: written } satisfies PlainResource,
    place,
  };
}

function plainBackend(
  { provider, baseUrl, apiKey, timeouts, retries }: Configuration["backends"][string],
  directory: string,
): object {
  const plainTimeouts = unusual(timeouts, timeoutsSchema.parse({}), formatDuration);
  const plainRetries = unusual(retries, retriesSchema.parse({}), (value, key) =>
    key === "attempts" ? value : formatDuration(value),
  );
  return {
    provider,
    ...(typeof baseUrl === "string" ? { url: baseUrl } : {}),
    ...(typeof baseUrl === "object" ? { urlFrom: baseUrl } : {}),
    ...(apiKey?.env === undefined ? {} : { credentials: { env: apiKey.env } }),
    ...(apiKey?.file === undefined ? {} : { credentials: { file: resolve(directory, apiKey.file) } }),
    ...(plainTimeouts === undefined ? {} : { timeouts: plainTimeouts }),
    ...(plainRetries === undefined ? {} : { retries: plainRetries }),
  };
}

function plainModels({ models, virtualModels, defaults }: Configuration): PlainModel[] {
  const plain = models.map((model) => plainModel(model, defaults));
  const index = new NamePatternIndex(models.map((model) => [model.name, model]));
  const virtual = virtualModels.flatMap((model) => plainVirtualModel(model, index, defaults));
  return [...plain, ...virtual];
}

/** What a virtual model stands for; nothing where there is no such model, which is told elsewhere. */
function plainVirtualModel(
  { name, model, targets, sticky, choose, intents, ...own }: Configuration["virtualModels"][number],
  index: NamePatternIndex<ModelConfiguration>,
  defaults: Configuration["defaults"],
): PlainModel[] {
  if (choose !== undefined) return [plainChoosingModel({ name, choose, intents, ...own })];
  const listed = targets ?? (model === undefined ? [] : [{ model, weight: 1, priority: 0 }]);
  const behind = listed.flatMap(({ model: asked, ...place }) => {
    const found = index.find(asked);
    if (found === undefined) return [];
    const { backend, providerModel = asked, ...settings } = found.value;
    const written = providerModel.endsWith("*") ? providerModel.slice(0, -1) + found.rest : providerModel;
    return [{ name: found.value.name, backend, providerModel: written, ...place, settings }];
  });
  const [first] = behind;
  if (first === undefined) return [];
  const settings = {
    guardPolicies:
      own.guardPolicies ??
      policiesOfAll(
        behind.map((one) => one.settings.guardPolicies),
        defaults,
      ),
    lostCall: own.lostCall ?? lostCallOfAll(behind.map((one) => one.settings.lostCall ?? defaults.lostCall)),
    limits: [],
  };
  // The limits of each model behind it hold for it too, and are counted with the model.
  const limited = behind.filter((one) => one.settings.limits.length > 0).map((one) => one.name);
  const { backend, providerModel } = first;
  const whole = plainModel({ name, backend, providerModel, ...settings }, defaults, [...new Set(limited)]);
  if (targets === undefined) return [whole];
  const { destination: _destination, providerModel: _providerModel, ...rest } = whole;
  return [
    {
      ...rest,
      targets: behind.map((one) => ({
        aiBackend: { name: one.backend },
        providerModel: one.providerModel,
        ...(one.weight === 1 ? {} : { weight: one.weight }),
        ...(one.priority === 0 ? {} : { priority: one.priority }),
      })),
      ...(sticky === undefined || sticky === "none" ? {} : { sticky }),
    },
  ];
}

/** Policies and limits of the models behind it are added where it is compiled. */
function plainChoosingModel({
  name,
  choose,
  intents,
  guardPolicies = [],
}: Pick<
  Configuration["virtualModels"][number],
  "name" | "choose" | "intents" | "guardPolicies"
>): PlainModel {
  return {
    name,
    choose,
    ...(intents === undefined
      ? {}
      : {
          intents: {
            model: intents.model,
            of: intents.of,
            timeout: formatDuration(intents.timeout),
            failure: intents.failure,
          },
        }),
    ...(guardPolicies.length === 0
      ? {}
      : { policies: { ai: guardPolicies.map((policy) => ({ name: policy })) } }),
  };
}

/** What is looked for in requests of any of the models is looked for in all of them. */
function policiesOfAll(
  lists: readonly (string[] | undefined)[],
  defaults: Configuration["defaults"],
): string[] {
  return [...new Set(lists.flatMap((policies) => policies ?? defaults.guardPolicies))];
}

/** A call is paid for twice only where each of the models allows it. */
function lostCallOfAll(each: readonly ("fail" | "repeat")[]): "fail" | "repeat" {
  return each.every((lostCall) => lostCall === "repeat") ? "repeat" : "fail";
}

/** @param limited models that the limits are of, where it has another name */
function plainModel(
  { name, backend, providerModel, listed, guardPolicies, lostCall, limits }: ModelConfiguration,
  defaults: Configuration["defaults"],
  limited: readonly string[] = limits.length === 0 ? [] : [name],
): PlainModel {
  const policies = [
    ...(guardPolicies ?? defaults.guardPolicies),
    ...(defaults.limits.length === 0 ? [] : [defaultLimitsName]),
    ...limited.map(limitsNameOf),
  ].map((policy) => ({ name: policy }));
  const lost = lostCall ?? defaults.lostCall;
  return {
    name,
    destination: { aiBackend: { name: backend } },
    ...(providerModel === undefined ? {} : { providerModel }),
    ...(listed === undefined ? {} : { listed }),
    ...(policies.length === 0 ? {} : { policies: { ai: policies } }),
    ...(lost === "fail" ? {} : { lostCall: lost }),
  };
}

/** Names of guard policies have no dot. */
const defaultLimitsName = `${ownName}.limits`;

/** The policies that hold the limits. */
function limitPolicies({ models, defaults }: Configuration): [name: string, limits: LimitSpec[]][] {
  const ofModels = models.map(({ name, limits }): [string, LimitSpec[]] => [limitsNameOf(name), limits]);
  const all: [string, LimitSpec[]][] = [[defaultLimitsName, defaults.limits], ...ofModels];
  return all.filter(([, limits]) => limits.length > 0);
}

/** What a model's name has that the name of a resource can't have is left out, and a digest says which model it is. */
function limitsNameOf(model: string): string {
  const name = model.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, "-");
  if (name === model && name.length <= 200 && /[a-z0-9]$/.test(name)) return `${ownName}.limits.${name}`;
  return `${ownName}.limits.${name.slice(0, 200)}.${hash("sha256", model, "hex").slice(0, 8)}`;
}

function plainLimit({ interval, per, mode, failure, ...limit }: LimitSpec): z.input<typeof limitSchema> {
  return {
    ...limit,
    ...(interval === undefined ? {} : { interval: formatDuration(interval) }),
    ...(per.length === 0 ? {} : { per }),
    ...(mode === "enforce" ? {} : { mode }),
    ...(failure === "closed" ? {} : { failure }),
  };
}

function plainGateway(gateway: Configuration["gateway"]): z.input<typeof gatewaySchema> {
  return {
    maxBody: formatByteSize(gateway.maxBody),
    maxOpenRequests: gateway.maxOpenRequests,
    maxJsonDepth: gateway.maxJsonDepth,
    requestTimeout: formatDuration(gateway.requestTimeout),
    uploadTimeout: formatDuration(gateway.uploadTimeout),
  };
}

/** What is not as usual, as it is written; undefined where all is. */
function unusual<Limits extends Record<string, number>>(
  limits: Limits,
  usual: Limits,
  write: (value: number, key: string) => string | number,
): Record<string, string | number> | undefined {
  const different = Object.entries(limits).filter(([key, value]) => value !== usual[key]);
  if (different.length === 0) return undefined;
  return Object.fromEntries(different.map(([key, value]) => [key, write(value, key)]));
}

/** What is wrong with the parts of a configuration is known by the time that they are resources, and where they stand. */
function placeIn(file: string): ResourcePlace {
  return { problemAtText: (_text, message) => ({ file, line: 1, column: 1, path: [], message }) };
}
