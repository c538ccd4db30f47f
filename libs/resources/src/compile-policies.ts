import { isOfConfigurationFile } from "./configuration-source.ts";
import type { GuardPolicy } from "./guard-policy.ts";
import { matchesLabels } from "./kinds/metadata.ts";
import { qualifiedName, type Resource } from "./resource.ts";
import { notFoundReason } from "./resource-findings.ts";
import type { ResourceSet } from "./resource-set.ts";
import { entryReference } from "./sealed-reference.ts";
import type { ApiKeyPolicy, SecretReference, Transformation } from "./snapshot.ts";

export interface CompiledPolicies {
  guardPolicies: Record<string, GuardPolicy>;
  apiKeyPolicies: Record<string, ApiKeyPolicy>;
  transformations: Record<string, Transformation>;
}

export function compilePolicies(set: ResourceSet): CompiledPolicies {
  const compiled: CompiledPolicies = { guardPolicies: {}, apiKeyPolicies: {}, transformations: {} };
  for (const resource of set.all("AIPolicy")) {
    const { prompt, reply, failure, phoneRegion } = resource.spec;
    if (prompt.length + reply.length === 0) continue;
    compiled.guardPolicies[guardPolicyName(resource)] = {
      failure,
      ...(phoneRegion === undefined ? {} : { phoneRegion }),
      prompt,
      reply,
    };
  }
  for (const resource of set.all("AuthPolicy")) {
    if (resource.spec.apiKey !== undefined) {
      compiled.apiKeyPolicies[qualifiedName(resource.metadata)] = compileApiKeys(
        set,
        resource,
        resource.spec.apiKey,
      );
    }
  }
  for (const { metadata, spec } of set.all("TransformationPolicy")) {
    compiled.transformations[qualifiedName(metadata)] = {
      ...(spec.request === undefined ? {} : { request: spec.request }),
      ...(spec.response === undefined ? {} : { response: spec.response }),
    };
  }
  return compiled;
}

/** Guard policies of resources stand beside those of `sluice.yaml`, whose names have no such beginning. */
export function guardPolicyName({ metadata }: Resource<"AIPolicy">): string {
  const name = qualifiedName(metadata);
  return isOfConfigurationFile(metadata) ? name : `AIPolicy ${name}`;
}

function compileApiKeys(
  set: ResourceSet,
  policy: Resource<"AuthPolicy">,
  { header, secrets, entry, upstreamHeaders }: NonNullable<Resource<"AuthPolicy">["spec"]["apiKey"]>,
): ApiKeyPolicy {
  const { namespace, name } = policy.metadata;
  const chosen = set
    .all("Secret")
    .filter(
      ({ metadata }) => metadata.namespace === namespace && matchesLabels(metadata.labels, secrets.labels),
    );
  if (chosen.length === 0) {
    const text = "no Secret of its namespace has the labels that it asks for, so nobody is let in";
    set.warn(policy, name, text, notFoundReason("Secret"));
  }
  for (const secret of chosen) set.link(policy, secret);
  const keys = chosen.flatMap((secret) => {
    const key = secret.spec.sealed?.[entry];
    if ((secret.spec.env?.[entry] ?? secret.spec.files?.[entry]) !== undefined) {
      const own = qualifiedName(secret.metadata);
      const text = `the entry ${entry} of the Secret ${own} is a client's key, which must stand in the Secret itself: only its digest is kept, and that is made when it is applied`;
      set.refuse(policy, name, text);
      return [];
    }
    if (key === undefined) {
      set.warn(
        policy,
        name,
        `the Secret ${qualifiedName(secret.metadata)} has no entry ${entry}, so it opens nothing`,
        "SecretEntryNotFound",
      );
      return [];
    }
    const headers = Object.entries(upstreamHeaders).flatMap(([target, from]): [string, SecretReference][] => {
      const reference = entryReference(secret, from, "router");
      if (typeof reference !== "string") return [[target, reference]];
      set.warn(policy, from, `${reference} for ${target}`, "SecretEntryNotFound");
      return [];
    });
    return [
      {
        digest: key.digest,
        secret: qualifiedName(secret.metadata),
        upstreamHeaders: Object.fromEntries(headers),
      },
    ];
  });
  return { header, keys };
}
