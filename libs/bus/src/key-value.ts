import { SluiceError } from "@sluice/contracts/sluice-error";
import { ErrorCode, type KV, NatsError } from "nats";
import { type BusConnection, smallestMaxPayloadBytes } from "./bus.ts";
import { bucketKeys, eraseKey } from "./internal/bucket-keys.ts";
import { type Watch, type WatchOptions, watchBucket } from "./internal/bucket-watch.ts";
import { connectionOf } from "./internal/connection.ts";
import { isFull } from "./internal/stream-refusal.ts";
import { streamAnswerMs } from "./internal/wait-for-stream.ts";

export interface KeyValueEntry {
  value: Uint8Array;
  /** Grows with every write to the bucket. */
  revision: number;
}

export type { Watch, WatchOptions } from "./internal/bucket-watch.ts";

/** A key-value bucket of JetStream, which `provisionBus` has made. */
export interface KeyValue {
  /** Largest value, bytes: what the server takes in a message, less room for its headers. */
  readonly maxValueBytes: number;
  get(key: string): Promise<KeyValueEntry | undefined>;
  /**
   * Writes a value and gives its revision.
   * @param expectedRevision writes only when the key is at this revision; 0 for a key that must not exist
   * @throws SluiceError `invalid_request` when the key is at another revision, or the value is larger than a message
   *   of the bus may be, or JetStream has no room for it
   */
  put(key: string, value: Uint8Array, expectedRevision?: number): Promise<number>;
  /** Takes a key away, and with it all values that it had. */
  delete(key: string): Promise<void>;
  /** All keys that have left something in the bucket, those that were deleted among them. For the operator. */
  keys(): Promise<string[]>;
  /** Takes a key away as if it had never been; whoever follows the bucket is not told. For the operator. */
  erase(key: string): Promise<void>;
  /** Follows all keys; resolves once those present have been handed over. Goes on over reconnects. */
  watch(options: WatchOptions): Promise<Watch>;
}

/** @throws SluiceError `bus_unavailable` when the bucket is not there or the bus can't be reached */
export async function openKeyValue(bus: BusConnection, bucket: string): Promise<KeyValue> {
  const store = await reaching(bucket, () =>
    connectionOf(bus).jetstream({ timeout: streamAnswerMs }).views.kv(bucket, { bindOnly: true }),
  );
  const maxMessageBytes = connectionOf(bus).info?.max_payload ?? smallestMaxPayloadBytes;
  return {
    maxValueBytes: maxMessageBytes - headerRoomBytes,
    get: (key) => reaching(bucket, () => get(store, key)),
    put: (key, value, expectedRevision) => reaching(bucket, () => put(store, key, value, expectedRevision)),
    delete: (key) => reaching(bucket, () => store.purge(key)),
    keys: () => reaching(bucket, () => bucketKeys(bus, bucket)),
    erase: (key) => reaching(bucket, () => eraseKey(bus, bucket, key)),
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
    if (isFull(cause)) {
      const text = `The bus has no room for the entry ${key} of ${value.length} bytes: its store is full (max_file of nats-server's JetStream).`;
      throw new SluiceError("invalid_request", text, { cause });
    }
    throw cause;
  }
}

/** What the headers of a write need of a message. */
const headerRoomBytes = 1024;
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
