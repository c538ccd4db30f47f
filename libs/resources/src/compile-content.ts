import { compileResources, type Surroundings } from "./compile-resources.ts";
import type { ConfigurationProblem } from "./configuration-problem.ts";
import { describeResource, isOfKind, type Resource } from "./resource.ts";
import type { ResourceFinding, ResourceLink } from "./resource-findings.ts";
import type { BaseContent, SnapshotContent } from "./snapshot.ts";

export interface CompiledContent {
  content: SnapshotContent;
  warnings: ConfigurationProblem[];
  problems: ConfigurationProblem[];
  /** The same, resource by resource, for their conditions. */
  findings: ResourceFinding[];
  links: ResourceLink[];
}

/**
 * Puts together what `sluice.yaml` and the resources make of a snapshot. No resource may be in place of one that the
 * file stands for.
 */
export function compileContent(
  base: BaseContent | undefined,
  resources: readonly Resource[],
  surroundings: Omit<Surroundings, "models" | "backends" | "prices"> = {},
): CompiledContent {
  const file = base ?? emptyBase;
  const { content, settings, warnings, problems, findings, links } = compileResources(resources, {
    ...surroundings,
    models: file.models,
    backends: file.backends,
    prices: file.prices,
  });
  const named = new Set([
    ...Object.keys(file.backends).map((name) => `AIBackend ${name}`),
    ...(surroundings.baseResources ?? []).map(describeResource),
  ]);
  const clashes = resources.flatMap((resource) => {
    const name = describeResource(resource);
    if (!named.has(name)) return [];
    const text = `${name}: the configuration file has ${article(resource.kind)} ${resource.kind} of this name, which is changed only there`;
    return [resource.place.problemAtText(resource.metadata.name, text)];
  });
  const ofFile = new Set(file.models.map(({ name }) => name));
  const repeated = resources.flatMap((resource) => {
    if (!isOfKind(resource, "RouteTable")) return [];
    return resource.spec.models.flatMap(({ name }) => {
      if (!ofFile.has(name)) return [];
      const text = `${describeResource(resource)}: the configuration file has a model ${name}`;
      return [resource.place.problemAtText(name, text)];
    });
  });
  return {
    content: {
      ...file,
      ...content,
      gateway: settings.gateway ?? file.gateway,
      ledger: settings.ledger ?? file.ledger,
      models: [...file.models, ...content.models],
      backends: { ...file.backends, ...content.backends },
      guardPolicies: { ...file.guardPolicies, ...content.guardPolicies },
      prices: [...content.prices, ...settings.prices, ...file.prices],
    },
    warnings,
    problems: [...problems, ...clashes, ...repeated],
    findings,
    links,
  };
}

function article(word: string): string {
  return /^[AEIOU]/.test(word) ? "an" : "a";
}

/** As long as there is no file: no model by name, and the usual limits. */
const emptyBase: BaseContent = {
  gateway: {
    maxBodyBytes: 32 * 1024 ** 2,
    maxOpenRequests: 2_000,
    maxJsonDepth: 128,
    requestTimeoutMs: 600_000,
    uploadTimeoutMs: 30_000,
  },
  backends: {},
  models: [],
  guardPolicies: {},
  ledger: { unrecordedCalls: "refuse" },
  prices: [],
};
