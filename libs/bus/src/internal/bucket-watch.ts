import type { KV, KvEntry, QueuedIterator } from "nats";
import type { BusConnection } from "../bus.ts";
import { bucketState, entriesAfter, type StoredEntry } from "./bucket-reader.ts";

export interface WatchOptions {
  /** Called for each entry, those present first, then each change; `value` is undefined when it was deleted. */
  onEntry: (key: string, value: Uint8Array | undefined, revision: number) => void;
}

export interface Watch {
  stop(): void;
}

/** Pause before a bucket that could not be watched is tried again. */
const retryMs = 500;
/** How often it is looked whether the bucket has entries that the client's watch has not brought. */
const lookMs = 2_000;

/**
 * Follows all keys of a bucket for as long as it is not stopped.
 * @throws the client's error when the bucket can't be watched in the first place
 */
export async function watchBucket(
  bus: BusConnection,
  bucket: string,
  store: KV,
  options: WatchOptions,
): Promise<Watch> {
  const watch = new BucketWatch(bus, bucket, store, options);
  await watch.start();
  return watch;
}

/**
 * The client's watch does not say whether it missed something while the connection was down, so after each
 * reconnect a new one takes over from the start. Entries that were handed over already are left out. A bucket
 * that was made anew counts its revisions from 1 again; its entries are all new, and what is not in it any
 * more is handed over as deleted.
 *
 * Nor does the client say at once that its consumer is gone: a cluster may have placed it on a server that has
 * died, and may for half a minute place the next ones there. So the bucket's last revision is looked at every other
 * second, and what has not come by then is read without a consumer.
 */
class BucketWatch implements Watch {
  readonly #bus: BusConnection;
  readonly #bucket: string;
  readonly #store: KV;
  readonly #onEntry: WatchOptions["onEntry"];
  /** Keys that are there, and revisions of those that were deleted. */
  readonly #known = new Map<string, { revision: number; present: boolean }>();
  readonly #ready = Promise.withResolvers<void>();
  #created: string | undefined;
  /** All revisions up to this one were handed over, or are on their way in the current round. */
  #upTo = 0;
  #looking: NodeJS.Timeout | undefined;
  #entries: QueuedIterator<KvEntry> | undefined;
  #round: Round | undefined;
  #stopFollowing: () => void = () => {};
  #stopped = false;

  constructor(bus: BusConnection, bucket: string, store: KV, options: WatchOptions) {
    this.#bus = bus;
    this.#bucket = bucket;
    this.#store = store;
    this.#onEntry = options.onEntry;
  }

  /** Resolves once what is present has been handed over, in this round or a later one. */
  async start(): Promise<void> {
    const entries = await this.#open(this.#beginRound());
    this.#stopFollowing = this.#bus.onRestored(() => this.#startAgain());
    this.#follow(entries);
    await this.#ready.promise;
    this.#lookLater();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#looking);
    this.#stopFollowing();
    this.#entries?.stop();
  }

  #beginRound(): Round {
    this.#entries?.stop();
    const round = { seen: new Set<string>(), reading: false, announced: false, complete: false };
    this.#round = round;
    return round;
  }

  #isCurrent(round: Round | undefined): boolean {
    return round === this.#round && !this.#stopped;
  }

  #lookLater(): void {
    if (this.#stopped) return;
    this.#looking = setTimeout(() => {
      this.#look()
        .catch((error: unknown) => this.#bus.logger.debug({ err: error }, "a bucket could not be looked at"))
        .finally(() => this.#lookLater());
    }, lookMs).unref();
  }

  /** Reads what the client's watch should have brought and did not. */
  async #look(): Promise<void> {
    if (!this.#bus.connected) return;
    const round = this.#round;
    const { created, lastRevision } = await bucketState(this.#store);
    if (!this.#isCurrent(round)) return;
    if (created !== this.#created) return this.#startAgain();
    if (lastRevision <= this.#upTo) return;
    for await (const entry of entriesAfter(this.#bus, this.#bucket, this.#upTo)) {
      if (!this.#isCurrent(round)) return;
      this.#take(entry);
    }
    this.#upTo = Math.max(this.#upTo, lastRevision);
  }

  #startAgain(): void {
    if (this.#stopped || !this.#bus.connected) return;
    const round = this.#beginRound();
    this.#open(round).then(
      (opened) => this.#follow(opened),
      (error: unknown) => this.#retry(round, error),
    );
  }

  #retry(round: Round, error: unknown): void {
    if (!this.#isCurrent(round)) return;
    this.#bus.logger.warn({ err: error }, "the watch of a bucket ended; it is started again");
    setTimeout(() => {
      if (this.#isCurrent(round)) this.#startAgain();
    }, retryMs).unref();
  }

  async #open(round: Round): Promise<OpenedRound> {
    const { created } = await bucketState(this.#store);
    const entries = await this.#store.watch({
      initializedFn: () => {
        round.announced = true;
        // Said before the iteration, it means that all entries wait in it; within, that all have come out of it.
        if (round.reading) this.#complete(round);
      },
    });
    return { round, entries, created };
  }

  #follow({ round, entries, created }: OpenedRound): void {
    if (!this.#isCurrent(round)) {
      entries.stop();
      return;
    }
    this.#entries = entries;
    // Made anew: no revision of before says anything about it.
    if (this.#created !== created) {
      for (const entry of this.#known.values()) entry.revision = 0;
      this.#upTo = 0;
    }
    this.#created = created;
    const iterate = async (): Promise<void> => {
      round.reading = true;
      if (round.announced && entries.getPending() === 0) this.#complete(round);
      for await (const entry of entries) {
        if (!this.#isCurrent(round)) return;
        const { key, operation, value, revision } = entry;
        this.#take({ key, value: operation === "PUT" ? value : undefined, revision });
        // The entry at hand counts as pending still.
        if (round.announced && entries.getPending() <= 1) this.#complete(round);
      }
    };
    iterate().then(
      () => this.#retry(round, undefined),
      (error: unknown) => this.#retry(round, error),
    );
  }

  /** What was there before and is not in a whole round is gone, without a trace of its deletion. */
  #complete(round: Round): void {
    if (round.complete || !this.#isCurrent(round)) return;
    round.complete = true;
    for (const [key, { revision, present }] of this.#known) {
      if (round.seen.has(key)) continue;
      this.#known.delete(key);
      if (present) this.#hand(key, undefined, revision);
    }
    this.#ready.resolve();
  }

  #take({ key, value, revision }: StoredEntry): void {
    this.#round?.seen.add(key);
    this.#upTo = Math.max(this.#upTo, revision);
    if (revision <= (this.#known.get(key)?.revision ?? 0)) return;
    this.#known.set(key, { revision, present: value !== undefined });
    this.#hand(key, value, revision);
  }

  #hand(key: string, value: Uint8Array | undefined, revision: number): void {
    try {
      this.#onEntry(key, value, revision);
    } catch (error) {
      this.#bus.logger.error({ err: error, key }, "an entry of a bucket could not be taken");
    }
  }
}

/** One watch of the client, from the start of the bucket on. */
interface Round {
  seen: Set<string>;
  /** Whether the client has said that everything present was delivered. */
  announced: boolean;
  reading: boolean;
  complete: boolean;
}

interface OpenedRound {
  round: Round;
  entries: QueuedIterator<KvEntry>;
  /** When the bucket was made. */
  created: string;
}
