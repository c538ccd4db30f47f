import { resolve } from "node:path";
import { compileCallLimits } from "./call-limits.ts";
import type { Configuration } from "./configuration.ts";
import { providerDefaults } from "./provider-defaults.ts";
import type { Backend, BaseContent, ModelRoute, SecretReference } from "./snapshot.ts";

/**
 * Turns a checked configuration into what the services read: defaults filled in, units in milliseconds and bytes.
 * @param directory Where relative paths of secret files begin.
 */
export function compileSnapshot(configuration: Configuration, directory: string): BaseContent {
  const { gateway, backends, models, defaults, guardPolicies, ledger, prices } = configuration;
  return {
    gateway: {
      maxBodyBytes: gateway.maxBody,
      maxOpenRequests: gateway.maxOpenRequests,
      maxJsonDepth: gateway.maxJsonDepth,
      requestTimeoutMs: gateway.requestTimeout,
      uploadTimeoutMs: gateway.uploadTimeout,
    },
    backends: Object.fromEntries(
      Object.entries(backends).map(([name, backend]) => [name, compileBackend(backend, directory)]),
    ),
    models: models.map((model) => compileModel(model, defaults)),
    guardPolicies,
    ledger,
    prices,
  };
}

function compileBackend(backend: Configuration["backends"][string], directory: string): Backend {
  const { provider, baseUrl, apiKey, timeouts, retries } = backend;
  return {
    provider,
    baseUrl: baseUrl ?? providerDefaults[provider].baseUrl,
    apiKey: compileSecret(apiKey, directory) ?? providerDefaults[provider].apiKey,
    ...compileCallLimits(timeouts, retries),
  };
}

function compileSecret(
  secret: { env?: string | undefined; file?: string | undefined } | undefined,
  directory: string,
): SecretReference | undefined {
  if (secret?.env !== undefined) return { env: secret.env };
  if (secret?.file !== undefined) return { file: resolve(directory, secret.file) };
  return undefined;
}

function compileModel(
  model: Configuration["models"][number],
  defaults: Configuration["defaults"],
): ModelRoute {
  return {
    name: model.name,
    backend: model.backend,
    ...(model.providerModel === undefined ? {} : { providerModel: model.providerModel }),
    listed: model.name.endsWith("*") ? (model.listed ?? []) : [model.name],
    guardPolicies: model.guardPolicies ?? defaults.guardPolicies,
    lostCall: model.lostCall ?? defaults.lostCall,
  };
}
