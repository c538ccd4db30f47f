import type { KV } from "nats";
import type { BusConnection } from "../bus.ts";
import { connectionOf, oncePerBus } from "./connection.ts";
import { findMessage } from "./find-message.ts";
import { streamAnswerMs } from "./wait-for-stream.ts";

/** An entry as it stands in the stream of its bucket. */
export interface StoredEntry {
  key: string;
  /** Undefined when the entry is a deletion. */
  value: Uint8Array | undefined;
  revision: number;
}

/** The state of a bucket: when it was made, and its last revision. */
export interface BucketState {
  created: string;
  lastRevision: number;
}

/** Header with which the client marks deletions and purges. */
const operationHeader = "KV-Operation";

/** What asks the server about its streams. */
export const managerOf = oncePerBus((bus: BusConnection) =>
  connectionOf(bus).jetstreamManager({ checkAPI: false, timeout: streamAnswerMs }),
);

export async function bucketState(store: KV): Promise<BucketState> {
  const { created, state } = (await store.status()).streamInfo;
  return { created, lastRevision: state.last_seq };
}

/**
 * The entries of a bucket after a revision, in order, asked for one by one of the stream's leader. It needs no
 * consumer, which a cluster may place on a server that has just died.
 * @throws the client's error when the stream does not answer
 */
export async function* entriesAfter(
  bus: BusConnection,
  bucket: string,
  revision: number,
): AsyncGenerator<StoredEntry> {
  const prefix = `$KV.${bucket}.`;
  const manager = await managerOf(bus);
  for (let next = revision + 1; ; ) {
    const stored = await findMessage(manager, `KV_${bucket}`, { seq: next, next_by_subj: `${prefix}>` });
    if (stored === undefined) return;
    next = stored.seq + 1;
    const removed = stored.header.get(operationHeader) !== "";
    yield {
      key: stored.subject.slice(prefix.length),
      value: removed ? undefined : stored.data,
      revision: stored.seq,
    };
  }
}
