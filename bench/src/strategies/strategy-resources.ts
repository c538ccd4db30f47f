import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The strategies that are compared, the one that the others are compared with first. Each is a model's name, too. */
export const comparedStrategies = ["weighted", "least-latency", "least-busy"] as const;
export type ComparedStrategy = (typeof comparedStrategies)[number];

/**
 * Writes resources to a folder: a model for each strategy, every one with the same targets of equal weight.
 * @param urls of the instances
 */
export async function writeStrategyResources(folder: string, urls: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const backends = urls.map((url, index) =>
    resource("AIBackend", `instance-${index}`, { provider: "openai", url: `${url}/v1` }),
  );
  const targets = urls.map((_url, index) => ({
    aiBackend: { name: `instance-${index}` },
    providerModel: "gpt-4o-mini",
  }));
  const models = comparedStrategies.map((strategy) => ({ name: strategy, strategy, targets }));
  const documents = [...backends, resource("RouteTable", "strategies", { models })];
  // YAML takes JSON as it is.
  const text = documents.map((document) => JSON.stringify(document)).join("\n---\n");
  await writeFile(join(folder, "strategies.yaml"), text);
}

function resource(kind: string, name: string, spec: object): object {
  return { apiVersion: "sluice.dev/v1", kind, metadata: { name }, spec };
}
