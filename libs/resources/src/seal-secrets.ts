import { apiKeyDigest, apiKeyDigestKey } from "@sluice/sealing/api-key-digest";
import { fingerprint } from "@sluice/sealing/fingerprint";
import { seal } from "@sluice/sealing/seal";
import type { OperatorSealingKeys } from "@sluice/sealing/sealing-keys";
import { readCertificate, readPrivateKey } from "./certificate-facts.ts";
import type { ConfigurationProblem } from "./configuration-problem.ts";
import type { IngressEntry, SealedEntry } from "./kinds/secret.ts";
import { describeResource, isOfKind, qualifiedName, type Resource } from "./resource.ts";
import { sealedName } from "./sealed-reference.ts";
import { SecretUses } from "./secret-uses.ts";

export interface SealSecretsOptions {
  /** Undefined where there is nothing to seal with: a check without a mesh. Then nothing that was sealed is of use. */
  keys: OperatorSealingKeys | undefined;
  /** The Secret of that name as it was applied before. */
  before(name: string): Resource<"Secret"> | undefined;
  /** All resources that there will be: they say which service needs which entry. @default those that are sealed */
  among?: readonly Resource[];
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
  const sealer = {
    ...options,
    digestKey: options.keys && apiKeyDigestKey(options.keys.fingerprintKey),
    uses: new SecretUses(options.among ?? resources),
    problems,
  };
  const sealed = resources.map(async (resource) =>
    isOfKind(resource, "Secret") ? await sealSecret(resource, sealer) : resource,
  );
  return { resources: await Promise.all(sealed), problems };
}

interface Sealer extends SealSecretsOptions {
  /** Follows from the keys. */
  digestKey: string | undefined;
  uses: SecretUses;
  problems: ConfigurationProblem[];
}

async function sealSecret(secret: Resource<"Secret">, sealer: Sealer): Promise<Resource<"Secret">> {
  const { data = {}, stringData = {}, sealed: given = {}, ...rest } = secret.spec;
  const earlier = sealer.before(qualifiedName(secret.metadata))?.spec.sealed ?? {};
  const sealed: Record<string, SealedEntry> = { ...given };
  const values = [
    ...Object.entries(data).map(([entry, value]) => [entry, textOf(value)] as const),
    ...Object.entries(stringData),
  ];
  for (const [entry, value] of values) {
    if (value === undefined) {
      const text = `${describeResource(secret)}: the entry ${entry} is no text in UTF-8`;
      sealer.problems.push(secret.place.problemAtText(data[entry] ?? entry, text));
    } else {
      sealed[entry] = await sealEntry(sealer, secret, { entry, value, earlier: earlier[entry] });
    }
  }
  const spec = { ...rest, ...(Object.keys(sealed).length === 0 ? {} : { sealed }) };
  return { ...secret, spec, plain: { ...secret.plain, spec } };
}

async function sealEntry(
  { keys, digestKey, uses, problems }: Sealer,
  secret: Resource<"Secret">,
  { entry, value, earlier }: { entry: string; value: string; earlier: SealedEntry | undefined },
): Promise<SealedEntry> {
  const recipients = uses.recipientsOf(secret, entry);
  const name = sealedName(secret, entry);
  const digest = digestKey === undefined ? unsealed : apiKeyDigest(digestKey, value);
  const hasNoKey = keys !== undefined && keys.ingressPublicKey === undefined;
  const isForIngress = recipients.ingress === "needed" || (recipients.ingress === "likely" && !hasNoKey);
  const isForRouter = recipients.router || !isForIngress;
  const router = isForRouter ? await sealFor(keys, keys?.publicKey, name, value, earlier) : {};
  if (!isForIngress) return { ...router, digest };
  if (hasNoKey) {
    const text = `${describeResource(secret)}: there is no key to seal the entry ${entry} for the ingress with: set SLUICE_SEALING_INGRESS_PUBLIC_KEY`;
    problems.push(secret.place.problemAtText(secret.metadata.name, text));
  }
  const forIngress = await sealFor(keys, keys?.ingressPublicKey, name, value, earlier?.ingress);
  return { ...router, digest, ingress: { ...forIngress, ...factsOf(value) } };
}

/** The same text as before where the value is the same. */
async function sealFor(
  keys: OperatorSealingKeys | undefined,
  publicKey: string | undefined,
  name: string,
  value: string,
  earlier: { text?: string | undefined; fingerprint?: string | undefined } | undefined,
): Promise<{ text: string; fingerprint: string }> {
  if (keys === undefined || publicKey === undefined) return { text: unsealed, fingerprint: unsealed };
  const print = fingerprint({ ...keys, publicKey }, value, name);
  const text = earlier?.fingerprint === print ? earlier.text : undefined;
  return { text: text ?? (await seal(publicKey, value, name)), fingerprint: print };
}

/** What is public of a certificate or a private key, so that they can be checked without being opened. */
function factsOf(value: string): Pick<IngressEntry, "certificate" | "keyOf"> {
  const certificate = readCertificate(value);
  const keyOf = readPrivateKey(value);
  return { ...(certificate === undefined ? {} : { certificate }), ...(keyOf === undefined ? {} : { keyOf }) };
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
