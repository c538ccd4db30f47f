import { compileAccess, compileConsumers } from "./compile-access.ts";
import { compileAiBackends, compileExternalServices } from "./compile-destinations.ts";
import { compileModels } from "./compile-models.ts";
import { compilePolicies } from "./compile-policies.ts";
import { compilePrices, refuseUnpriced } from "./compile-prices.ts";
import { compilePromptTemplates } from "./compile-prompts.ts";
import { compileRoutes } from "./compile-routes.ts";
import { checkEmbeddingModels, closedWithoutEmbeddings } from "./compile-semantic.ts";
import { type CompiledSettings, compileSettings } from "./compile-settings.ts";
import { compileWorkflows } from "./compile-workflows.ts";
import type { ConfigurationProblem } from "./configuration-problem.ts";
import type { PriceOverride } from "./price-override.ts";
import type { Resource } from "./resource.ts";
import type { ResourceFinding, ResourceLink } from "./resource-findings.ts";
import { ResourceSet } from "./resource-set.ts";
import type { Backend, ModelRoute, SnapshotContent } from "./snapshot.ts";

/** The part of a snapshot that resources make. */
export type ResourceContent = Pick<
  SnapshotContent,
  | "models"
  | "listeners"
  | "routes"
  | "upstreams"
  | "apiKeyPolicies"
  | "accessPolicies"
  | "gatewayAccess"
  | "consumers"
  | "transformations"
  | "promptTemplates"
  | "workflows"
  | "backends"
  | "guardPolicies"
  | "prices"
>;

/** What the resources are compiled beside. */
export interface Surroundings {
  /** Models of the configuration file. */
  models: readonly ModelRoute[];
  /** What serves them. */
  backends: Readonly<Record<string, Backend>>;
  /** Prices of the configuration file. */
  prices: readonly PriceOverride[];
  /** The resources that the configuration file stands for, when others are compiled. @default none is known */
  baseResources?: readonly Resource[];
  /** Whether there is no other file that they are to be applied to. @default true */
  isWhole?: boolean;
  /** Which certificates are valid, and which prices. @default now */
  nowMs?: number;
}

export interface CompiledResources {
  content: ResourceContent;
  settings: CompiledSettings;
  /** What was taken as it is and does not do what it says: a route without its policy, a policy without a route. */
  warnings: ConfigurationProblem[];
  /** What can't be taken. */
  problems: ConfigurationProblem[];
  /** The same, resource by resource, for their conditions. */
  findings: ResourceFinding[];
  links: ResourceLink[];
}

/**
 * Turns resources into what the services read. What they refer to and is not there closes the routes concerned, and is
 * a warning: in what order files are applied is the administrator's business.
 * @param resources of each kind, namespace and name at most one; Secrets sealed
 */
export function compileResources(
  resources: readonly Resource[],
  {
    models,
    backends: ofFile,
    prices: others,
    baseResources = [],
    isWhole = true,
    nowMs = Date.now(),
  }: Surroundings,
): CompiledResources {
  const set = new ResourceSet(resources, baseResources);
  const backends = compileAiBackends(set);
  const services = compileExternalServices(set);
  const policies = compilePolicies(set);
  const upstreams = { ...backends.upstreams, ...services };
  const settings = compileSettings(set);
  const foundModels = compileModels(set, backends.backends, models);
  const ownModels = closedWithoutEmbeddings(foundModels, [...models, ...foundModels]);
  const allModels = [...models, ...ownModels];
  const workflows = compileWorkflows(set, { models: allModels, backends: backends.backends });
  const destinations = {
    backends: { ...ofFile, ...backends.backends },
    upstreams,
    workflows,
    models: allModels,
  };
  checkEmbeddingModels(set, { models: allModels, backends: backends.backends, workflows });
  const { listeners, routes: foundRoutes } = compileRoutes(set, destinations, nowMs);
  const routes = closedWithoutEmbeddings(foundRoutes, allModels);
  const prices = compilePrices(set);
  refuseUnpriced(
    set,
    { routes, models: ownModels },
    { prices: [...prices, ...settings.prices, ...others], areAll: isWhole, nowMs },
  );
  return {
    settings,
    content: {
      models: ownModels,
      listeners,
      routes,
      upstreams,
      apiKeyPolicies: policies.apiKeyPolicies,
      transformations: policies.transformations,
      ...compileAccess(set),
      consumers: compileConsumers(set),
      promptTemplates: compilePromptTemplates(set),
      workflows,
      backends: backends.backends,
      guardPolicies: policies.guardPolicies,
      prices,
    },
    warnings: set.warnings,
    problems: set.problems,
    findings: set.findings,
    links: set.links,
  };
}
