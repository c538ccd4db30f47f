import { compileAiBackends, compileExternalServices } from "./compile-destinations.ts";
import { compilePolicies } from "./compile-policies.ts";
import { compileRoutes } from "./compile-routes.ts";
import { compileWorkflows } from "./compile-workflows.ts";
import type { ConfigurationProblem } from "./configuration-problem.ts";
import type { Resource } from "./resource.ts";
import { ResourceSet } from "./resource-set.ts";
import type { ModelRoute, SnapshotContent } from "./snapshot.ts";

/** The part of a snapshot that resources make. */
export type ResourceContent = Pick<
  SnapshotContent,
  | "listeners"
  | "routes"
  | "upstreams"
  | "apiKeyPolicies"
  | "transformations"
  | "workflows"
  | "backends"
  | "guardPolicies"
>;

export interface CompiledResources {
  content: ResourceContent;
  /** What was taken as it is and does not do what it says: a route without its policy, a policy without a route. */
  warnings: ConfigurationProblem[];
  /** What can't be taken. */
  problems: ConfigurationProblem[];
}

/**
 * Turns resources into what the services read. What they refer to and is not there closes the routes concerned, and is
 * a warning: in what order files are applied is the administrator's business.
 * @param resources of each kind, namespace and name at most one; Secrets sealed
 * @param models those of the configuration file
 */
export function compileResources(
  resources: readonly Resource[],
  models: readonly ModelRoute[],
): CompiledResources {
  const set = new ResourceSet(resources);
  const backends = compileAiBackends(set);
  const services = compileExternalServices(set);
  const policies = compilePolicies(set);
  const upstreams = { ...backends.upstreams, ...services };
  const workflows = compileWorkflows(set, { models, backends: backends.backends });
  const { listeners, routes } = compileRoutes(set, { backends: backends.backends, upstreams, workflows });
  return {
    content: {
      listeners,
      routes,
      upstreams,
      apiKeyPolicies: policies.apiKeyPolicies,
      transformations: policies.transformations,
      workflows,
      backends: backends.backends,
      guardPolicies: policies.guardPolicies,
    },
    warnings: set.warnings,
    problems: set.problems,
  };
}
