import { hash } from "node:crypto";
import type { z } from "zod";
import { formatByteSize } from "./byte-size.ts";
import type { Configuration } from "./configuration.ts";
import { plainBackend } from "./configuration-backend.ts";
import { configurationSource } from "./configuration-source.ts";
import { formatDuration } from "./duration.ts";
import type { gatewaySchema } from "./gateway-schema.ts";
import type {
  CachingSpec,
  cachingSchema,
  SemanticCachingSpec,
  semanticCachingSchema,
} from "./kinds/caching.ts";
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
 * policy and for the limits and the caching of defaults and of each model, a RouteTable with all models, and GatewaySettings.
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
    ...cachingPolicies(configuration).map(([name, caching]) =>
      resourceOf("AIPolicy", name, { caching: plainCaching(caching) }, place),
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

function plainModels({ models, virtualModels, defaults }: Configuration): PlainModel[] {
  const plain = models.map((model) => plainModel(model, defaults));
  const index = new NamePatternIndex(models.map((model) => [model.name, model]));
  const virtual = virtualModels.flatMap((model) => plainVirtualModel(model, index, defaults));
  return [...plain, ...virtual];
}

/** What a virtual model stands for; nothing where there is no such model, which is told elsewhere. */
function plainVirtualModel(
  { name, model, targets, sticky, strategy, choose, intents, ...own }: Configuration["virtualModels"][number],
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
    caching: own.caching,
  };
  // The limits of each model behind it hold for it too, and are counted with the model.
  const limited = behind.filter((one) => one.settings.limits.length > 0).map((one) => one.name);
  const { backend, providerModel } = first;
  // Another name for one model answers as that does; several together have a behaviour of their own.
  const one = targets === undefined ? first.settings : undefined;
  const failing = {
    lastResort: own.lastResort ?? one?.lastResort,
    midStream: own.midStream ?? one?.midStream,
  };
  const whole = plainModel({ name, backend, providerModel, ...settings, ...failing }, defaults, {
    limited: [...new Set(limited)],
    cached:
      own.caching === undefined ? cachedByAll(behind, defaults) : cachingNames({ name, ...own }, defaults),
  });
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
      ...(strategy === undefined || strategy === "weighted" ? {} : { strategy }),
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

/** Replies are given again as each of the models allows it. @returns names of the policies that say so */
function cachedByAll(
  behind: readonly { name: string; settings: Pick<ModelConfiguration, "caching"> }[],
  defaults: Configuration["defaults"],
): string[] {
  const each = behind.map(({ name, settings: { caching } }) => cachingNames({ name, caching }, defaults));
  return each.every((names) => names.length > 0) ? [...new Set(each.flat())] : [];
}

function cachingNames(
  { name, caching }: Pick<ModelConfiguration, "name" | "caching">,
  defaults: Configuration["defaults"],
): string[] {
  if (caching === undefined) return defaults.caching === undefined ? [] : [defaultCachingName];
  return typeof caching === "boolean" ? [] : [ownNameOf("caching", name)];
}

interface CoveredBy {
  /** Models whose limits hold. */
  limited: readonly string[];
  /** Policies by which it is cached. */
  cached: readonly string[];
}

/** @param covered by what, where that is not of its own name */
function plainModel(
  {
    name,
    backend,
    providerModel,
    listed,
    guardPolicies,
    lostCall,
    limits,
    caching,
    lastResort,
    midStream,
  }: ModelConfiguration,
  defaults: Configuration["defaults"],
  { limited, cached }: CoveredBy = {
    limited: limits.length === 0 ? [] : [name],
    cached: cachingNames({ name, caching }, defaults),
  },
): PlainModel {
  const policies = [
    ...(guardPolicies ?? defaults.guardPolicies),
    ...(defaults.limits.length === 0 ? [] : [defaultLimitsName]),
    ...limited.map((model) => ownNameOf("limits", model)),
    ...cached,
  ].map((policy) => ({ name: policy }));
  const lost = lostCall ?? defaults.lostCall;
  return {
    name,
    destination: { aiBackend: { name: backend } },
    ...(providerModel === undefined ? {} : { providerModel }),
    ...(listed === undefined ? {} : { listed }),
    ...(policies.length === 0 ? {} : { policies: { ai: policies } }),
    ...(lost === "fail" ? {} : { lostCall: lost }),
    ...(lastResort === undefined ? {} : { lastResort }),
    ...(midStream === undefined || midStream === "error" ? {} : { midStream }),
  };
}

/** Names of guard policies have no dot. */
const defaultLimitsName = `${ownName}.limits`;
const defaultCachingName = `${ownName}.caching`;

/** The policies that hold the limits. */
function limitPolicies({ models, defaults }: Configuration): [name: string, limits: LimitSpec[]][] {
  const ofModels = models.map(({ name, limits }): [string, LimitSpec[]] => [
    ownNameOf("limits", name),
    limits,
  ]);
  const all: [string, LimitSpec[]][] = [[defaultLimitsName, defaults.limits], ...ofModels];
  return all.filter(([, limits]) => limits.length > 0);
}

/** The policies that say what is cached. */
function cachingPolicies({
  models,
  virtualModels,
  defaults,
}: Configuration): [name: string, caching: CachingSpec][] {
  const ofModels = [...models, ...virtualModels].flatMap(({ name, caching }): [string, CachingSpec][] =>
    caching === undefined || typeof caching === "boolean" ? [] : [[ownNameOf("caching", name), caching]],
  );
  return [
    ...(defaults.caching === undefined
      ? []
      : [[defaultCachingName, defaults.caching] as [string, CachingSpec]]),
    ...ofModels,
  ];
}

/** What a model's name has that the name of a resource can't have is left out, and a digest says which model it is. */
function ownNameOf(what: "limits" | "caching", model: string): string {
  const name = model.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, "-");
  if (name === model && name.length <= 200 && /[a-z0-9]$/.test(name)) return `${ownName}.${what}.${name}`;
  return `${ownName}.${what}.${name.slice(0, 200)}.${hash("sha256", model, "hex").slice(0, 8)}`;
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

function plainCaching({
  ttl,
  scope,
  maxTemperature,
  allowTools,
  maxSize,
  tags,
  semantic,
}: CachingSpec): z.input<typeof cachingSchema> {
  return {
    ttl: formatDuration(ttl),
    ...(scope === "team" ? {} : { scope }),
    ...(maxTemperature === undefined ? {} : { maxTemperature }),
    ...(allowTools ? { allowTools } : {}),
    ...(maxSize === 1024 ** 2 ? {} : { maxSize: formatByteSize(maxSize) }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(semantic === undefined ? {} : { semantic: plainSemantic(semantic) }),
  };
}

function plainSemantic({
  embeddingModel,
  threshold,
  matchNumbers,
  timeout,
}: SemanticCachingSpec): z.input<typeof semanticCachingSchema> {
  return {
    embeddingModel,
    threshold,
    ...(matchNumbers ? {} : { matchNumbers }),
    ...(timeout === 2_000 ? {} : { timeout: formatDuration(timeout) }),
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

/** What is wrong with the parts of a configuration is known by the time that they are resources, and where they stand. */
function placeIn(file: string): ResourcePlace {
  return { problemAtText: (_text, message) => ({ file, line: 1, column: 1, path: [], message }) };
}
