import { compileResources } from "./compile-resources.ts";
import type { Configuration } from "./configuration.ts";
import { ConfigurationError } from "./configuration-problem.ts";
import { configurationResources } from "./configuration-resources.ts";
import { compileGateway } from "./gateway-schema.ts";
import type { BaseContent } from "./snapshot.ts";

/**
 * Turns a checked configuration into what the services read, by way of the resources that it stands for.
 * @param directory Where relative paths of secret files begin.
 * @param file What problems call it.
 * @throws ConfigurationError with what only the compiler sees
 */
export function compileSnapshot(
  configuration: Configuration,
  directory: string,
  file = "sluice.yaml",
): BaseContent {
  const compiled = compileResources(configurationResources(configuration, directory, file), {
    models: [],
    backends: {},
    prices: [],
  });
  if (compiled.problems.length > 0) throw new ConfigurationError(compiled.problems);
  const { backends, models, guardPolicies } = compiled.content;
  const { gateway, ledger, prices } = compiled.settings;
  return {
    gateway: gateway ?? compileGateway(configuration.gateway),
    backends,
    models,
    guardPolicies,
    ledger: ledger ?? configuration.ledger,
    prices,
  };
}
