import type { Labels } from "./kinds/metadata.ts";

/** Label of resources that `sluice.yaml` became. */
export const configurationSource: Labels = { "sluice.dev/source": "sluice.yaml" };

export function isOfConfigurationFile({ labels }: { labels: Labels }): boolean {
  return Object.entries(configurationSource).every(([name, value]) => labels[name] === value);
}
