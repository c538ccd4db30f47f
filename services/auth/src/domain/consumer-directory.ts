import type { Identity } from "@sluice/contracts/identity";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { ConsumerContent } from "@sluice/resources/access-policy";
import type { CompiledLimit } from "@sluice/resources/compiled-limit";
import type { Snapshot } from "@sluice/resources/snapshot";
import { type Claims, hasClaims } from "./claim-at.ts";
import { type Reach, reachOfPatterns } from "./reach.ts";

/** A Consumer, made ready once for each revision of the configuration. */
export interface HeldConsumer {
  readonly name: string;
  readonly reach: Reach | undefined;
  readonly limits: readonly CompiledLimit[];
  /** Regions that its requests must stay in; undefined for any. */
  readonly regions?: readonly string[] | undefined;
  /** The identity of one of its keys or tokens, as it is booked. */
  identify(identity: Identity): Identity;
}

/** By what a caller was let in. */
export interface LetIn {
  identity: Identity;
  /** Consumer that a virtual key was made for. */
  madeFor?: string | undefined;
  secret?: string | undefined;
  claims?: Claims | undefined;
}

interface TokenEntry {
  consumer: HeldConsumer;
  issuer: string | undefined;
  claims: Readonly<Record<string, readonly string[]>>;
}

/** Consumers by what they are known by. */
class ConsumerDirectory {
  readonly #byName = new Map<string, HeldConsumer>();
  readonly #byKey = new Map<string, HeldConsumer>();
  readonly #bySecret = new Map<string, HeldConsumer>();
  readonly #bySubject = new Map<string, TokenEntry[]>();
  readonly #byClaims: TokenEntry[] = [];

  constructor(consumers: Snapshot["consumers"]) {
    for (const [name, content] of Object.entries(consumers)) {
      const consumer = hold(name, content);
      this.#byName.set(name, consumer);
      for (const id of content.virtualKeys) this.#byKey.set(id, consumer);
      for (const secret of content.secrets) this.#bySecret.set(secret, consumer);
      for (const { issuer, subject, claims } of content.tokens) {
        const entry: TokenEntry = { consumer, issuer, claims };
        if (subject === undefined) this.#byClaims.push(entry);
        else this.#bySubject.set(subject, [...(this.#bySubject.get(subject) ?? []), entry]);
      }
    }
  }

  find({ identity, madeFor, secret, claims }: LetIn): HeldConsumer | undefined {
    if (claims !== undefined) return this.#ofToken(claims);
    if (secret !== undefined) return this.#bySecret.get(secret);
    const consumer = madeFor === undefined ? this.#byKey.get(identity.keyId) : this.#byName.get(madeFor);
    if (consumer !== undefined || madeFor === undefined) return consumer;
    // Nobody knows what its holder may use.
    throw new SluiceError("service_unavailable", "The consumer that this API key was made for is not there.");
  }

  /** Who names the subject goes before who names claims alone. */
  #ofToken(claims: Claims): HeldConsumer | undefined {
    const { iss, sub } = claims;
    const named = typeof sub === "string" ? (this.#bySubject.get(sub) ?? []) : [];
    const fits = (entry: TokenEntry): boolean =>
      (entry.issuer === undefined || entry.issuer === iss) && hasClaims(claims, entry.claims);
    return (named.find(fits) ?? this.#byClaims.find(fits))?.consumer;
  }
}

const directories = new WeakMap<Snapshot["consumers"], ConsumerDirectory>();

/**
 * Whose key or token it is.
 * @returns undefined where it is no consumer's
 * @throws SluiceError `service_unavailable` for a virtual key that was made for a consumer that is not there
 */
export function consumerOf(
  { consumers }: Pick<Snapshot, "consumers">,
  letIn: LetIn,
): HeldConsumer | undefined {
  let directory = directories.get(consumers);
  if (directory === undefined) {
    directory = new ConsumerDirectory(consumers);
    directories.set(consumers, directory);
  }
  return directory.find(letIn);
}

function hold(name: string, { tags, models, limits, regions, ...content }: ConsumerContent): HeldConsumer {
  const { user, team, application, department } = content;
  const facts = Object.fromEntries(
    Object.entries({ user, team, application, department }).filter(([, fact]) => fact !== undefined),
  );
  return {
    name,
    reach: models === undefined ? undefined : reachOfPatterns(models),
    limits,
    regions,
    identify: (identity) => ({ ...identity, ...facts, tags: [...new Set([...identity.tags, ...tags])] }),
  };
}
