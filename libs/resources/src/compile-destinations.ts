import type { dialectNames } from "@sluice/contracts/dialect-name";
import { compileBreaker } from "./breaker.ts";
import { compileCallLimits } from "./call-limits.ts";
import { compileHealthCheck } from "./health-check.ts";
import type { AiBackend } from "./kinds/ai-backend.ts";
import type { SecretSource } from "./kinds/secret.ts";
import { providerDefaults } from "./provider-defaults.ts";
import { qualifiedName, type Resource } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";
import { entryReference } from "./sealed-reference.ts";
import type { Backend, SecretReference, Upstream } from "./snapshot.ts";

/** Paths of the providers' endpoints, which a backend's URL may name instead of the address that they are below. */
const endpointPaths: Record<(typeof dialectNames)[number], RegExp> = {
  openai: /\/(chat\/completions|embeddings)$/,
  anthropic: /\/v1\/messages$/,
  gemini: /\/v1(beta)?\/models\/[^/]+$/,
};

/** The environment variable of a provider that speaks no dialect. */
const huggingFaceKey: SecretReference = { env: "HF_TOKEN" };

export interface CompiledBackends {
  /** Models that are called in a dialect. */
  backends: Record<string, Backend>;
  /** Models that requests are forwarded to as they are. */
  upstreams: Record<string, Upstream>;
}

export function compileAiBackends(set: ResourceSet): CompiledBackends {
  const compiled: CompiledBackends = { backends: {}, upstreams: {} };
  for (const resource of set.all("AIBackend")) {
    const name = qualifiedName(resource.metadata);
    const { provider, url, urlFrom, region, healthCheck } = resource.spec;
    const breaker = compileBreaker(resource.spec.breaker);
    const place = region === undefined ? {} : { region };
    const limits = compileCallLimits(resource.spec.timeouts, resource.spec.retries);
    const secret = secretOf(set, resource, resource.spec.credentials);
    if (provider === "huggingface") {
      const address = new URL(url ?? "");
      compiled.upstreams[name] = {
        provider,
        origin: address.origin,
        path: address.pathname + address.search,
        credential: { header: "authorization", prefix: "Bearer ", secret: secret ?? huggingFaceKey },
        model: resource.spec.model ?? name,
        ...place,
        breaker,
        ...limits,
      };
    } else {
      compiled.backends[name] = {
        provider,
        baseUrl:
          url === undefined ? (urlFrom ?? providerDefaults[provider].baseUrl) : baseUrlOf(provider, url),
        apiKey: secret ?? providerDefaults[provider].apiKey,
        ...place,
        breaker,
        ...(healthCheck === undefined ? {} : { healthCheck: compileHealthCheck(healthCheck) }),
        ...limits,
      };
    }
  }
  return compiled;
}

function baseUrlOf(provider: Exclude<AiBackend["provider"], "huggingface">, url: string): string {
  return url.replace(/\/+$/, "").replace(endpointPaths[provider], "");
}

/** @returns undefined where nothing is said; a reference to nothing where the Secret is not there, which is warned of */
function secretOf(
  set: ResourceSet,
  resource: Resource<"AIBackend">,
  source: SecretSource | undefined,
): SecretReference | undefined {
  if (source?.env !== undefined) return { env: source.env };
  if (source?.file !== undefined) return { file: source.file };
  if (source?.secret === undefined) return undefined;
  const { entry, ...reference } = source.secret;
  const secret = set.resolve(resource, "Secret", reference);
  if (typeof secret === "string") return undefined;
  const found = entryReference(secret, entry, "router");
  if (typeof found !== "string") return found;
  set.warn(resource, reference.name, found, "SecretEntryNotFound");
  return undefined;
}

export function compileExternalServices(set: ResourceSet): Record<string, Upstream> {
  const upstreams: Record<string, Upstream> = {};
  for (const resource of set.all("ExternalService")) {
    const [host = ""] = resource.spec.hosts;
    for (const { number, protocol } of resource.spec.ports) {
      upstreams[upstreamName(resource, number)] = {
        provider: "http",
        origin: new URL(`${protocol.toLowerCase()}://${host}:${number}`).origin,
        breaker: compileBreaker(resource.spec.breaker),
        ...(resource.spec.region === undefined ? {} : { region: resource.spec.region }),
        ...compileCallLimits(resource.spec.timeouts, resource.spec.retries),
      };
    }
  }
  return upstreams;
}

/** Each port of a service is an upstream of its own. */
export function upstreamName({ metadata }: Resource<"ExternalService">, port: number): string {
  return `${qualifiedName(metadata)}:${port}`;
}
