import { isDeepStrictEqual } from "node:util";
import type { BusConnection } from "@sluice/bus/bus";
import { type KeyValue, openKeyValue } from "@sluice/bus/key-value";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { buckets } from "@sluice/contracts/subjects";
import {
  createVirtualKeyId,
  createVirtualKeySecret,
  type DeclaredVirtualKey,
  declaredVirtualKeyId,
  hashVirtualKeySecret,
  type VirtualKey,
  type VirtualKeyFacts,
  virtualKeyFactsSchema,
  virtualKeySchema,
} from "./virtual-key.ts";

/** A key and its secret, which is known at this moment only. */
export interface IssuedVirtualKey {
  key: VirtualKey;
  secret: string;
}

export interface RotateOptions {
  /** How long the secret before stays valid too. @default 0 */
  graceMs?: number;
}

/** Writes and reads the virtual keys on the bus; what is changed here holds on all replicas of auth at once. */
export class VirtualKeyStore {
  readonly #bucket: KeyValue;

  constructor(bucket: KeyValue) {
    this.#bucket = bucket;
  }

  /** Makes a new key. @throws ZodError when the facts have a wrong form */
  async create(facts: VirtualKeyFacts): Promise<IssuedVirtualKey> {
    const secret = createVirtualKeySecret();
    const key = virtualKeySchema.parse({
      id: createVirtualKeyId(),
      ...virtualKeyFactsSchema.parse(facts),
      hash: hashVirtualKeySecret(secret),
      createdAtMs: Date.now(),
    });
    await this.#write(key, 0);
    return { key, secret };
  }

  /** All keys, the revoked and expired ones too, the oldest first. */
  async list(): Promise<VirtualKey[]> {
    const keys = new Map<string, VirtualKey>();
    const watch = await this.#bucket.watch({
      onEntry: (id, value) => {
        const key = value === undefined ? undefined : readVirtualKey(value);
        if (key !== undefined) keys.set(id, key);
      },
    });
    watch.stop();
    return [...keys.values()].toSorted((a, b) => a.createdAtMs - b.createdAtMs || a.id.localeCompare(b.id));
  }

  /** @throws SluiceError `not_found` when there is no such key */
  async get(id: string): Promise<VirtualKey> {
    return (await this.#read(id)).key;
  }

  /**
   * Ends a key for good; its record stays, so that the ledger's entries keep their owner. A key that is
   * revoked already stays as it is.
   * @throws SluiceError `not_found` when there is no such key, `invalid_request` when a configuration file declares it
   */
  async revoke(id: string): Promise<VirtualKey> {
    const { key, revision } = await this.#read(id);
    refuseDeclared(key);
    return await this.#revoke(key, revision);
  }

  async #revoke(key: VirtualKey, revision: number): Promise<VirtualKey> {
    if (key.revokedAtMs !== undefined) return key;
    const { previousHash: _hash, previousExpiresAtMs: _expiry, ...rest } = key;
    return this.#write({ ...rest, revokedAtMs: Date.now() }, revision);
  }

  /**
   * Gives a key a new secret.
   * @throws SluiceError `not_found` when there is no such key, `invalid_request` when it is revoked or a configuration
   *   file declares it
   */
  async rotate(id: string, { graceMs = 0 }: RotateOptions = {}): Promise<IssuedVirtualKey> {
    const { key, revision } = await this.#read(id);
    refuseDeclared(key);
    if (key.revokedAtMs !== undefined) {
      throw new SluiceError("invalid_request", `The key ${id} is revoked; create a new one.`);
    }
    const secret = createVirtualKeySecret();
    const nowMs = Date.now();
    const { previousHash: _hash, previousExpiresAtMs: _expiry, ...rest } = key;
    const rotated = await this.#write(
      {
        ...rest,
        hash: hashVirtualKeySecret(secret),
        ...(graceMs > 0 ? { previousHash: key.hash, previousExpiresAtMs: nowMs + graceMs } : {}),
        rotatedAtMs: nowMs,
      },
      revision,
    );
    return { key: rotated, secret };
  }

  /**
   * Makes the keys that a configuration file declares what they are there: new ones are made, others changed, those that
   * are not declared any more are revoked. Doing it again changes nothing.
   */
  async keepDeclared(keys: readonly DeclaredVirtualKey[]): Promise<void> {
    const present = new Map(
      (await this.list()).filter(({ declared }) => declared).map((key) => [key.id, key]),
    );
    for (const facts of keys) {
      const id = declaredVirtualKeyId(facts.name);
      const before = present.get(id);
      present.delete(id);
      const createdAtMs = before?.createdAtMs ?? Date.now();
      const key = virtualKeySchema.parse({ id, ...facts, createdAtMs, declared: true });
      if (isDeepStrictEqual(key, before)) continue;
      await this.#write(key, before === undefined ? 0 : (await this.#read(id)).revision);
    }
    for (const { id, revokedAtMs } of present.values()) {
      if (revokedAtMs !== undefined) continue;
      const { key, revision } = await this.#read(id);
      await this.#revoke(key, revision);
    }
  }

  async #read(id: string): Promise<{ key: VirtualKey; revision: number }> {
    // An id of another form could be a wildcard or an illegal key of the bucket.
    const entry = virtualKeySchema.shape.id.safeParse(id).success ? await this.#bucket.get(id) : undefined;
    const key = entry === undefined ? undefined : readVirtualKey(entry.value);
    if (entry === undefined || key === undefined)
      throw new SluiceError("not_found", `There is no key ${id}.`);
    return { key, revision: entry.revision };
  }

  async #write(key: VirtualKey, expectedRevision: number): Promise<VirtualKey> {
    await this.#bucket.put(key.id, new TextEncoder().encode(JSON.stringify(key)), expectedRevision);
    return key;
  }
}

/** What is done to it here, the next start would undo. */
function refuseDeclared({ name, declared }: VirtualKey): void {
  if (declared === undefined) return;
  throw new SluiceError("invalid_request", `The key ${name} is declared in sluice.yaml: change it there.`);
}

/** @throws SluiceError `bus_unavailable` when the bus can't be reached */
export async function openVirtualKeyStore(bus: BusConnection): Promise<VirtualKeyStore> {
  return new VirtualKeyStore(await openKeyValue(bus, buckets.virtualKeys));
}

/** Reads a stored record; undefined when it has not the form of one. */
export function readVirtualKey(value: Uint8Array): VirtualKey | undefined {
  try {
    return virtualKeySchema.parse(JSON.parse(new TextDecoder().decode(value)));
  } catch {
    return undefined;
  }
}
