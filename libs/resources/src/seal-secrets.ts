import { apiKeyDigest, apiKeyDigestKey } from "@sluice/sealing/api-key-digest";
import { fingerprint } from "@sluice/sealing/fingerprint";
import { seal } from "@sluice/sealing/seal";
import type { OperatorSealingKeys } from "@sluice/sealing/sealing-keys";
import type { ConfigurationProblem } from "./configuration-problem.ts";
import type { SealedEntry } from "./kinds/secret.ts";
import { isOfKind, qualifiedName, type Resource } from "./resource.ts";
import { sealedName } from "./sealed-reference.ts";

export interface SealSecretsOptions {
  /** Undefined where there is nothing to seal with: a check without a mesh. Then nothing that was sealed is of use. */
  keys: OperatorSealingKeys | undefined;
  /** The Secret of that name as it was applied before. */
  before(name: string): Resource<"Secret"> | undefined;
}

export interface SealedResources {
  resources: Resource[];
  problems: ConfigurationProblem[];
}

/** Seals the values of all Secrets. A value that was sealed before stays as it is, so that the same is seen to be the same. */
export async function sealSecrets(
  resources: readonly Resource[],
  options: SealSecretsOptions,
): Promise<SealedResources> {
  const problems: ConfigurationProblem[] = [];
  const sealed = resources.map(async (resource) =>
    isOfKind(resource, "Secret") ? await sealSecret(resource, options, problems) : resource,
  );
  return { resources: await Promise.all(sealed), problems };
}

async function sealSecret(
  secret: Resource<"Secret">,
  { keys, before }: SealSecretsOptions,
  problems: ConfigurationProblem[],
): Promise<Resource<"Secret">> {
  const { data = {}, stringData = {}, sealed: given = {}, type } = secret.spec;
  const earlier = before(qualifiedName(secret.metadata))?.spec.sealed ?? {};
  const sealed: Record<string, SealedEntry> = { ...given };
  const values = [
    ...Object.entries(data).map(([entry, value]) => [entry, textOf(value)] as const),
    ...Object.entries(stringData),
  ];
  for (const [entry, value] of values) {
    if (value === undefined) {
      const text = `Secret ${qualifiedName(secret.metadata)}: the entry ${entry} is no text in UTF-8`;
      problems.push(secret.place.problemAtText(data[entry] ?? entry, text));
    } else {
      sealed[entry] = await sealEntry(keys, sealedName(secret, entry), value, earlier[entry]);
    }
  }
  const spec = { ...(type === undefined ? {} : { type }), sealed };
  return { ...secret, spec, plain: { ...secret.plain, spec } };
}

async function sealEntry(
  keys: OperatorSealingKeys | undefined,
  name: string,
  value: string,
  earlier: SealedEntry | undefined,
): Promise<SealedEntry> {
  if (keys === undefined) return { text: unsealed, fingerprint: unsealed, digest: unsealed };
  const print = fingerprint(keys, value, name);
  if (earlier?.fingerprint === print) return earlier;
  return {
    text: await seal(keys.publicKey, value, name),
    fingerprint: print,
    digest: apiKeyDigest(apiKeyDigestKey(keys.fingerprintKey), value),
  };
}

/** Stands for what is not sealed where a configuration is only checked. */
const unsealed = "sealed:v1:unsealed";

function textOf(base64: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(base64, "base64"));
  } catch {
    return undefined;
  }
}
