import { compileAiBackends, compileExternalServices } from "./compile-destinations.ts";
import { compileModels } from "./compile-models.ts";
import { compilePolicies } from "./compile-policies.ts";
import { compileRoutes } from "./compile-routes.ts";
import { type CompiledSettings, compileSettings } from "./compile-settings.ts";
import type { ConfigurationProblem } from "./configuration-problem.ts";
import type { Resource } from "./resource.ts";
import type { ResourceFinding, ResourceLink } from "./resource-findings.ts";
import { ResourceSet } from "./resource-set.ts";
import type { SnapshotContent } from "./snapshot.ts";

/** The part of a snapshot that resources make. */
export type ResourceContent = Pick<
  SnapshotContent,
  | "models"
  | "listeners"
  | "routes"
  | "upstreams"
  | "apiKeyPolicies"
  | "transformations"
  | "backends"
  | "guardPolicies"
>;

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
export function compileResources(resources: readonly Resource[]): CompiledResources {
  const set = new ResourceSet(resources);
  const backends = compileAiBackends(set);
  const services = compileExternalServices(set);
  const policies = compilePolicies(set);
  const upstreams = { ...backends.upstreams, ...services };
  const { listeners, routes } = compileRoutes(set, { backends: backends.backends, upstreams });
  return {
    settings: compileSettings(set),
    content: {
      models: compileModels(set, backends.backends),
      listeners,
      routes,
      upstreams,
      apiKeyPolicies: policies.apiKeyPolicies,
      transformations: policies.transformations,
      backends: backends.backends,
      guardPolicies: policies.guardPolicies,
    },
    warnings: set.warnings,
    problems: set.problems,
    findings: set.findings,
    links: set.links,
  };
}
