import { buckets, claimBucket, eventStream, ledgerConsumer } from "@sluice/contracts/subjects";
import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamManager,
  type NatsConnection,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
} from "nats";
import { openConnection } from "./connect.ts";

export interface ProvisionOptions {
  servers: string;
  /** Seed of the operator's NKey. @default none: what the URL carries, or nothing */
  nkeySeed?: string | undefined;
  /** Copies of each stream; more than 1 needs a cluster. @default 1 */
  replicas?: number;
  /** Largest size of the event stream; when it is full, new events are refused, none is thrown away. @default 10 GiB */
  maxEventBytes?: number;
}

/** An event is the same for so long when it is published again. */
const duplicateWindowMinutes = 10;
/** An event stream smaller than this is of no use: a million events need about 500 MB. */
const leastEventBytes = 16 * 1024 * 1024;
/** JetStream's error code for a stream that its disk has no room for. */
const insufficientStorage = 10047;
/** Bodies that a dead ingress left behind go after this time. */
const claimMaxAgeMinutes = 30;

/**
 * Makes the streams, buckets and the ledger's consumer that the mesh needs. What is there already stays as
 * it is, so it can run at every start.
 * @throws SluiceError `bus_unavailable` when the bus can't be reached; the server's error when it refuses
 */
export async function provisionBus(options: ProvisionOptions): Promise<void> {
  const connection = await openConnection(options, "operator", 10_000);
  try {
    await provision(connection, options);
  } finally {
    await connection.close();
  }
}

async function provision(connection: NatsConnection, options: ProvisionOptions): Promise<void> {
  const jetstream = connection.jetstream();
  const manager = await connection.jetstreamManager();
  const replicas = options.replicas ?? 1;
  await ensureEventStream(manager, replicas, options.maxEventBytes ?? 10 * 1024 ** 3);
  await manager.consumers.add(eventStream.name, {
    durable_name: ledgerConsumer,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    // What a ledger that died had in hand comes again after this; a batch is written in well under a second.
    ack_wait: nanos(10_000),
    max_deliver: -1,
    max_ack_pending: 10_000,
  });
  for (const bucket of Object.values(buckets)) await jetstream.views.kv(bucket, { history: 16, replicas });
  await jetstream.views.os(claimBucket, {
    storage: StorageType.File,
    ttl: nanos(claimMaxAgeMinutes * 60_000),
    replicas,
  });
}

async function ensureEventStream(
  manager: JetStreamManager,
  replicas: number,
  maxBytes: number,
): Promise<void> {
  const exists = await manager.streams.info(eventStream.name).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Error && error.message.includes("stream not found")) return false;
      throw error;
    },
  );
  if (exists) return;
  // The server sets the whole size aside; on a small disk the stream gets as much as there is room for.
  for (let bytes = maxBytes; ; bytes = Math.floor(bytes / 2)) {
    try {
      await addEventStream(manager, replicas, bytes);
      return;
    } catch (error) {
      if (!isWithoutRoom(error) || bytes / 2 < leastEventBytes) throw error;
    }
  }
}

async function addEventStream(manager: JetStreamManager, replicas: number, maxBytes: number): Promise<void> {
  await manager.streams.add({
    name: eventStream.name,
    subjects: [eventStream.subjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    // Never drop an old event to make room for a new one: refuse the new one, which is seen at once.
    discard: DiscardPolicy.New,
    max_bytes: maxBytes,
    duplicate_window: nanos(duplicateWindowMinutes * 60_000),
    num_replicas: replicas,
  });
}

function isWithoutRoom(error: unknown): boolean {
  return error instanceof NatsError && error.api_error?.err_code === insufficientStorage;
}
