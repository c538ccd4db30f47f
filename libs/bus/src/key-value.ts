import { SluiceError } from "@sluice/contracts/sluice-error";
import { ErrorCode, type KV, NatsError } from "nats";
import type { BusConnection } from "./bus.ts";
import { type Watch, type WatchOptions, watchBucket } from "./internal/bucket-watch.ts";
import { connectionOf } from "./internal/connection.ts";
import { streamAnswerMs } from "./internal/wait-for-stream.ts";

export interface KeyValueEntry {
  value: Uint8Array;
  /** Grows with every write to the bucket. */
  revision: number;
}

export type { Watch, WatchOptions } from "./internal/bucket-watch.ts";

/** A key-value bucket of JetStream, which `provisionBus` has made. */
export interface KeyValue {
  get(key: string): Promise<KeyValueEntry | undefined>;
  /**
   * Writes a value and gives its revision.
   * @param expectedRevision writes only when the key is at this revision; 0 for a key that must not exist
   * @throws SluiceError `invalid_request` when the key is at another revision, or the value is larger than a message
   *   of the bus may be
   */
  put(key: string, value: Uint8Array, expectedRevision?: number): Promise<number>;
  /** Takes a key away, and with it all values that it had. */
  delete(key: string): Promise<void>;
  /** Follows all keys; resolves once those present have been handed over. Goes on over reconnects. */
  watch(options: WatchOptions): Promise<Watch>;
}

/** @throws SluiceError `bus_unavailable` when the bucket is not there or the bus can't be reached */
export async function openKeyValue(bus: BusConnection, bucket: string): Promise<KeyValue> {
  const store = await reaching(bucket, () =>
    connectionOf(bus).jetstream({ timeout: streamAnswerMs }).views.kv(bucket, { bindOnly: true }),
  );
  return {
    get: (key) => reaching(bucket, () => get(store, key)),
    put: (key, value, expectedRevision) => reaching(bucket, () => put(store, key, value, expectedRevision)),
    delete: (key) => reaching(bucket, () => store.purge(key)),
    watch: (options) => reaching(bucket, () => watchBucket(bus, bucket, store, options)),
  };
}

async function get(store: KV, key: string): Promise<KeyValueEntry | undefined> {
  const entry = await store.get(key);
  if (entry === null || entry.operation !== "PUT") return undefined;
  return { value: entry.value, revision: entry.revision };
}

async function put(store: KV, key: string, value: Uint8Array, expectedRevision?: number): Promise<number> {
  try {
    return await store.put(
      key,
      value,
      expectedRevision === undefined ? {} : { previousSeq: expectedRevision },
    );
  } catch (cause) {
    if (cause instanceof NatsError && cause.api_error?.err_code === wrongLastSequence) {
      throw new SluiceError("invalid_request", `The entry ${key} has been changed by somebody else.`, {
        cause,
      });
    }
    if (cause instanceof NatsError && cause.code === ErrorCode.MaxPayloadExceeded) {
      const text = `The entry ${key} has ${value.length} bytes, which is more than the bus takes in a message (max_payload of nats-server).`;
      throw new SluiceError("invalid_request", text, { cause });
    }
    throw cause;
  }
}

/** JetStream's error code for a write whose expected revision is not the last one. */
const wrongLastSequence = 10071;

async function reaching<T>(bucket: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    throw new SluiceError("bus_unavailable", `The bucket ${bucket} could not be reached.`, { cause });
  }
}
