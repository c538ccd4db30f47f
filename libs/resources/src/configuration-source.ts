import type { Labels } from "./kinds/metadata.ts";
import type { PlainResource } from "./resource.ts";

/** Label of resources that `sluice.yaml` became. */
export const configurationSource: Labels = { "sluice.dev/source": "sluice.yaml" };

/** Resources that `sluice.yaml` stands for as they are kept and shown: marked as coming from there. */
export function markedAsOfFile(resources: readonly PlainResource[]): PlainResource[] {
  return resources.map(({ metadata, ...rest }) => ({
    ...rest,
    metadata: { ...metadata, labels: { ...metadata.labels, ...configurationSource } },
  }));
}

export function isOfConfigurationFile({ labels }: { labels: Labels }): boolean {
  return Object.entries(configurationSource).every(([name, value]) => labels[name] === value);
}
