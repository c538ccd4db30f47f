import { hash, timingSafeEqual } from "node:crypto";
import type { Identity } from "@sluice/contracts/identity";
import type { CompiledLimit } from "@sluice/resources/compiled-limit";
import { type VirtualKey, virtualKeySecretPattern } from "@sluice/resources/virtual-key";
import { type Reach, reachOfPatterns } from "./reach.ts";

/** A virtual key as a request needs it, made ready when the key arrives. */
export interface HeldKey extends Reach {
  readonly identity: Identity;
  /** Epoch milliseconds. */
  readonly expiresAtMs: number | undefined;
  /** Consumer that it was made for. */
  readonly consumer: string | undefined;
  readonly limits: readonly CompiledLimit[] | undefined;
}

/** A secret that opens a key, by its hash. */
interface Opening {
  hash: Buffer;
  /** When this secret ends, while the key itself goes on. */
  untilMs: number;
  key: HeldKey;
}

/** All virtual keys that work at the moment, by the hashes of their secrets. Revoked ones are not in it. */
export class KeyRing {
  readonly #openings = new Map<string, Opening>();
  readonly #hashesById = new Map<string, string[]>();

  /** Number of keys that work, the expired ones included. */
  get size(): number {
    return this.#hashesById.size;
  }

  /** Takes a key in the place of what was held under its id. */
  set(key: VirtualKey): void {
    this.delete(key.id);
    if (key.revokedAtMs !== undefined) return;
    const held = hold(key);
    const openings: [hash: string, untilMs: number][] = [[key.hash, Number.POSITIVE_INFINITY]];
    if (key.previousHash !== undefined) openings.push([key.previousHash, key.previousExpiresAtMs ?? 0]);
    for (const [hex, untilMs] of openings) {
      this.#openings.set(hex, { hash: Buffer.from(hex, "hex"), untilMs, key: held });
    }
    this.#hashesById.set(
      key.id,
      openings.map(([hex]) => hex),
    );
  }

  /** Forgets a key: none of its secrets works any more. */
  delete(id: string): void {
    for (const hex of this.#hashesById.get(id) ?? []) this.#openings.delete(hex);
    this.#hashesById.delete(id);
  }

  /**
   * The key that a secret opens. What is looked up is the hash of the secret, of which a caller can't choose
   * a part, and the found hash is compared in constant time: the time taken says nothing about any key.
   * @returns undefined for an unknown, revoked or replaced secret alike
   */
  find(secret: string, nowMs: number): HeldKey | undefined {
    if (!virtualKeySecretPattern.test(secret)) return undefined;
    const digest = hash("sha256", secret, "buffer");
    const opening = this.#openings.get(digest.toString("hex"));
    if (opening === undefined || !timingSafeEqual(opening.hash, digest)) return undefined;
    return nowMs < opening.untilMs ? opening.key : undefined;
  }
}

function hold(key: VirtualKey): HeldKey {
  const { id, user, team, application, department, tags, expiresAtMs, allowedModels, consumer, limits } = key;
  const identity: Identity = { keyId: id, tags };
  if (user !== undefined) identity.user = user;
  if (team !== undefined) identity.team = team;
  if (application !== undefined) identity.application = application;
  if (department !== undefined) identity.department = department;
  return {
    identity,
    expiresAtMs,
    consumer,
    limits,
    ...reachOfPatterns(allowedModels),
  };
}
