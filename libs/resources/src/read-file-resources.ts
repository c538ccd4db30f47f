import type { Applied } from "./applied-store.ts";
import { compileResources } from "./compile-resources.ts";
import { readAppliedResource } from "./read-resources.ts";
import type { PlainResource, Resource } from "./resource.ts";
import type { ResourceFinding, ResourceLink } from "./resource-findings.ts";

/** What is to be shown of the configuration file that was applied. */
export interface FileResources {
  /** As they are shown. */
  plain: PlainResource[];
  resources: Resource[];
  findings: ResourceFinding[];
  links: ResourceLink[];
}

/**
 * The resources that the applied configuration file stands for, with what the compiler finds of them. None where an
 * earlier release applied the file; one that this release can't read has nothing to be found.
 */
export function readFileResources({
  baseResources: plain = [],
}: {
  baseResources?: Applied["baseResources"] | undefined;
}): FileResources {
  const resources = plain.flatMap((one) => readAppliedResource(one).resources);
  const { findings, links } = compileResources(resources, { models: [], backends: {}, prices: [] });
  return { plain, resources, findings, links };
}
