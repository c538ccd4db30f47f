import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Logger } from "@sluice/telemetry/logger";
import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JSONWebKeySet,
  type JWSHeaderParameters,
} from "jose";

/** Keys that are older are fetched again, while those that are there go on being used. */
const maxAgeMs = 600_000;
/** A token with a key that is not known makes them be fetched again, but not more often than this. */
const coolDownMs = 30_000;
/** As long as there are none at all, they are asked for no more often than this. */
const retryMs = 2_000;

type FindKey = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

export interface IssuerKeysOptions {
  /** Whose they are, for the log. */
  issuer: string;
  /** Gets them. */
  fetch: () => Promise<JSONWebKeySet>;
  logger: Logger;
  /** Milliseconds, growing. @default performance.now */
  now?: () => number;
}

/** The public keys of an issuer: fetched when they are needed, once for all who wait, and kept through its outages. */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  readonly #now: () => number;
  #find: FindKey | undefined;
  #fetchedMs = Number.NEGATIVE_INFINITY;
  #triedMs = Number.NEGATIVE_INFINITY;
  #fetching: Promise<void> | undefined;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Keys that stand in the configuration. */
  static inline(keys: JSONWebKeySet): FindKey {
    return createLocalJWKSet(keys);
  }

  /**
   * The key that a token says it is signed with.
   * @throws SluiceError `service_unavailable` where no keys of the issuer were ever had; JWKSNoMatchingKey of jose
   */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#find === undefined) {
      if (this.#sinceTried() >= retryMs) this.#fetch();
      await this.#fetching;
    } else if (this.#now() - this.#fetchedMs >= maxAgeMs && this.#sinceTried() >= coolDownMs) {
      this.#fetch();
    }
    if (this.#find === undefined) throw unreachable();
    try {
      return await this.#find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (this.#sinceTried() >= coolDownMs) this.#fetch();
      if (this.#fetching === undefined) throw error;
      await this.#fetching;
      return await this.#find(header, token);
    }
  }

  #sinceTried(): number {
    return this.#now() - this.#triedMs;
  }

  /** Never rejects: who waits looks whether there are keys then. */
  #fetch(): void {
    if (this.#fetching !== undefined) return;
    this.#triedMs = this.#now();
    this.#fetching = this.#replace().finally(() => {
      this.#fetching = undefined;
    });
  }

  async #replace(): Promise<void> {
    const { issuer, fetch, logger } = this.#options;
    try {
      this.#find = createLocalJWKSet(await fetch());
      this.#fetchedMs = this.#now();
    } catch (error) {
      const rest = this.#find === undefined ? "its tokens are refused" : "those of before go on being used";
      logger.warn({ err: error, issuer }, `the keys of an issuer can't be fetched; ${rest}`);
    }
  }
}

function unreachable(): SluiceError {
  return new SluiceError("service_unavailable", "The keys that tokens are checked with can't be had.", {
    retryAfterMs: retryMs,
  });
}
