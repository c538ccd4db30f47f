import { setTimeout as sleep } from "node:timers/promises";
import {
  buckets,
  claimBucket,
  deadLetterStream,
  eventStream,
  ledgerConsumer,
} from "@sluice/contracts/subjects";
import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  Empty,
  type JetStreamClient,
  type JetStreamManager,
  type NatsConnection,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from "nats";
import { openConnection } from "./connect.ts";
import { explainRefusal, isWithoutRoom, mayPassByItself } from "./internal/stream-refusal.ts";

export interface ProvisionOptions {
  servers: string;
  /** Seed of the operator's NKey. @default none: what the URL carries, or nothing */
  nkeySeed?: string | undefined;
  /**
   * Copies of each stream, bucket and consumer, on as many servers of a cluster. What is there already gets as many.
   * @default 1; what is there keeps its own
   */
  replicas?: number;
  /**
   * Largest size of the event stream; when it is full, new events are refused, none is thrown away. A stream that
   * is there gets it too, but never less than it holds.
   * @default 10 GiB for a new stream; one that is there keeps its own
   */
  maxEventBytes?: number;
}

/** The streams behind the buckets and the object store. */
const bucketStreams = [...Object.values(buckets).map((bucket) => `KV_${bucket}`), `OBJ_${claimBucket}`];
/** An event is the same for so long when it is published again. */
const duplicateWindowMinutes = 10;
const defaultEventBytes = 10 * 1024 ** 3;
/** An event stream smaller than this is of no use: a million events need about 500 MB. */
const leastEventBytes = 16 * 1024 * 1024;
/** What a stream that is made smaller still has room for: events come in while its size is looked up and changed. */
const shrinkMarginBytes = 16 * 1024 * 1024;
/**
 * nats-server 2.9 takes a message whose payload just fits into a full stream, finds that it does not with what is
 * stored around it (some 60 bytes), and drops the oldest ones for it. So that these are not events, the oldest ones
 * are empty; one or two go each time that the stream gets full.
 */
const ballastMessages = 128;
/** What they take of a stream's size. */
export const ballastBytes = 12 * 1024;
/** The dead letters that are kept; when there are more, the oldest go. */
const deadLetterBytes = 64 * 1024 * 1024;
const leastDeadLetterBytes = 1024 * 1024;
/** A cluster that has just been started may lack a leader or a server for so long. */
const clusterPatienceMs = 10_000;
const retryPauseMs = 500;
/** Bodies that a dead ingress left behind go after this time. */
const claimMaxAgeMinutes = 30;

/**
 * Makes the streams, buckets and the ledger's consumer that the mesh needs. What is there already stays as
 * it is, but for the size of the event stream and the number of copies, so it can run at every start. A cluster
 * that is not complete yet is waited for.
 * @throws SluiceError `bus_unavailable` when the bus can't be reached; TooFewServersError; the server's error when
 * it refuses
 */
export async function provisionBus(options: ProvisionOptions): Promise<void> {
  const connection = await openConnection(options, "operator", 10_000);
  const deadlineMs = performance.now() + clusterPatienceMs;
  try {
    for (;;) {
      try {
        await provision(connection, options);
        return;
      } catch (error) {
        if (!mayPassByItself(error) || performance.now() > deadlineMs)
          throw explainRefusal(error, options.replicas ?? 1);
        await sleep(retryPauseMs);
      }
    }
  } finally {
    await connection.close();
  }
}

async function provision(connection: NatsConnection, options: ProvisionOptions): Promise<void> {
  const jetstream = connection.jetstream();
  const manager = await connection.jetstreamManager();
  const replicas = options.replicas ?? 1;
  // What sets no size aside comes first, and the event stream last: it takes as much as is left.
  for (const bucket of Object.values(buckets)) await jetstream.views.kv(bucket, { history: 16, replicas });
  // The client would hand `replicas` on to the server by that name, which newer ones (2.15) refuse.
  await jetstream.views.os(claimBucket, {
    storage: StorageType.File,
    ttl: nanos(claimMaxAgeMinutes * 60_000),
  });
  await ensureDeadLetterStream(manager, replicas);
  await ensureEventStream(manager, replicas, options.maxEventBytes);
  await ensureBallast(manager, jetstream);
  await manager.consumers.add(eventStream.name, {
    durable_name: ledgerConsumer,
    filter_subject: eventStream.subjects,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    // What a ledger that died had in hand comes again after this; a batch is written in well under a second.
    ack_wait: nanos(10_000),
    max_deliver: -1,
    max_ack_pending: 10_000,
  });
  // Last: a consumer that is asked for while its stream gets more copies may be put back to where it was.
  if (options.replicas !== undefined) await ensureReplicas(manager, options.replicas);
}

async function ensureEventStream(
  manager: JetStreamManager,
  replicas: number,
  maxBytes: number | undefined,
): Promise<void> {
  const present = await streamInfo(manager, eventStream.name);
  if (present !== undefined) {
    if (maxBytes !== undefined) await resizeStream(manager, present, maxBytes);
    return;
  }
  const wanted = maxBytes ?? defaultEventBytes;
  await withRoom(wanted, leastEventBytes, (max_bytes) =>
    manager.streams.add({
      name: eventStream.name,
      subjects: [eventStream.subjects, eventStream.ballastSubject],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      // Never drop an old event to make room for a new one: refuse the new one, which is seen at once.
      discard: DiscardPolicy.New,
      max_bytes,
      duplicate_window: nanos(duplicateWindowMinutes * 60_000),
      num_replicas: replicas,
    }),
  );
}

/** Consumers have as many copies as their stream. */
async function ensureReplicas(manager: JetStreamManager, replicas: number): Promise<void> {
  for (const name of [...bucketStreams, deadLetterStream.name, eventStream.name]) {
    const { config } = await manager.streams.info(name);
    if (config.num_replicas !== replicas)
      await manager.streams.update(name, { ...config, num_replicas: replicas });
  }
}

/** At the head of a stream that nobody has written to yet. */
async function ensureBallast(manager: JetStreamManager, jetstream: JetStreamClient): Promise<void> {
  const { state } = await manager.streams.info(eventStream.name);
  if (state.last_seq >= ballastMessages) return;
  await Promise.all(
    Array.from({ length: ballastMessages }, (_, index) =>
      // Several may provision at once, and one may have begun it before it died.
      jetstream.publish(eventStream.ballastSubject, Empty, { msgID: `ballast-${index}` }),
    ),
  );
}

/** A stream that its disk has no room for stays as large as it is. */
async function resizeStream(
  manager: JetStreamManager,
  { config, state }: StreamInfo,
  wantedBytes: number,
): Promise<void> {
  const shrunkBytes = Math.min(config.max_bytes, state.bytes + shrinkMarginBytes);
  const max_bytes = Math.max(wantedBytes, shrunkBytes);
  if (max_bytes === config.max_bytes) return;
  // The server sets the difference aside; as with a new stream, it gets as much as there is room for.
  const least = Math.min(max_bytes, config.max_bytes);
  await withRoom(max_bytes, least, (bytes) =>
    bytes === config.max_bytes
      ? Promise.resolve()
      : manager.streams.update(config.name, { ...config, max_bytes: bytes }),
  );
}

/**
 * One letter for each subject, and the oldest go when there is no room: whoever writes one must never be refused,
 * for it does not go on with the other events until this one is kept.
 */
async function ensureDeadLetterStream(manager: JetStreamManager, replicas: number): Promise<void> {
  if ((await streamInfo(manager, deadLetterStream.name)) !== undefined) return;
  await withRoom(deadLetterBytes, leastDeadLetterBytes, (max_bytes) =>
    manager.streams.add({
      name: deadLetterStream.name,
      subjects: [deadLetterStream.subjects],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      max_msgs_per_subject: 1,
      max_bytes,
      num_replicas: replicas,
    }),
  );
}

/** @returns undefined when there is no such stream */
async function streamInfo(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (error instanceof Error && error.message.includes("stream not found")) return undefined;
    throw error;
  }
}

/** The server sets the whole size of a stream aside; on a small disk it gets as much as there is room for. */
async function withRoom(
  wantedBytes: number,
  leastBytes: number,
  make: (bytes: number) => Promise<unknown>,
): Promise<void> {
  for (let bytes = wantedBytes; ; bytes = Math.max(leastBytes, Math.floor(bytes / 2))) {
    try {
      await make(bytes);
      return;
    } catch (error) {
      if (!isWithoutRoom(error) || bytes <= leastBytes) throw error;
    }
  }
}
