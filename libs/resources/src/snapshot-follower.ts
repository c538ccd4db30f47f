import type { BusConnection } from "@sluice/bus/bus";
import { noteConfigurationRevision } from "@sluice/bus/configuration-revision";
import { openKeyValue } from "@sluice/bus/key-value";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { buckets, snapshotKey } from "@sluice/contracts/subjects";
import { decodeEntry, gatherEntry } from "./parted-entry.ts";
import { type Snapshot, snapshotSchema } from "./snapshot.ts";
import { revisionOfPart } from "./snapshot-parts.ts";

/** Revisions that are kept for requests that began under them, however old they are. */
const keptRevisions = 16;
/** How long all others are kept: a request reaches its last step by then, also one that is sent again. */
const usualKeptMs = 15_000;
/** However fast they follow each other, no more are kept than this. */
const mostRevisions = 2_000;
/** How long a request waits for a revision that its ingress knows already and this process does not. */
const arrivalTimeoutMs = 1_000;

/** The configuration of the mesh as it is now and as it was for requests still on their way. */
export interface SnapshotFollower {
  /** The newest revision. */
  readonly current: Snapshot;
  /**
   * A certain revision: at once when it is here, else as soon as it arrives.
   * @throws SluiceError `service_unavailable` when it is no longer kept, or does not arrive within a second
   */
  at(revision: number): Snapshot | Promise<Snapshot>;
  /** Calls `listener` with each new revision; returns how to stop that. */
  onChange(listener: (snapshot: Snapshot) => void): () => void;
  stop(): void;
}

export interface FollowOptions {
  /** Gives up waiting for the first configuration. @default never */
  signal?: AbortSignal;
  /** How long a revision is kept for requests that began under it, also when many follow it. @default 15000 */
  keptMs?: number;
}

/**
 * Follows the configuration on the bus, over reconnects. Resolves when the first one is here, which may take
 * as long as nobody has published any. A configuration that can't be read is refused as a whole and logged;
 * the one before keeps serving.
 * @throws SluiceError `bus_unavailable` when the bus can't be reached; the reason of `signal` when it aborts
 */
export async function followSnapshots(
  bus: BusConnection,
  options: FollowOptions = {},
): Promise<SnapshotFollower> {
  const bucket = await openKeyValue(bus, buckets.configuration);
  const follower = new Follower(bus, options.keptMs ?? usualKeptMs);
  const watch = await bucket.watch({
    onEntry: (key, value) => {
      if (key === snapshotKey && value !== undefined) follower.take(value);
      else follower.keepPart(key, value);
    },
  });
  follower.onStop = () => watch.stop();
  try {
    await follower.first(options.signal);
  } catch (error) {
    watch.stop();
    throw error;
  }
  return follower;
}

interface Arrival {
  promise: Promise<Snapshot>;
  resolve: (snapshot: Snapshot) => void;
}

class Follower implements SnapshotFollower {
  onStop: () => void = () => {};
  readonly #bus: BusConnection;
  /** In the order of their arrival. */
  readonly #kept = new Map<number, { snapshot: Snapshot; arrivedMs: number }>();
  readonly #keptMs: number;
  readonly #arrivals = new Map<number, Arrival>();
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  /** Parts of a revision that comes, by their keys: the bus hands them over before the entry that names them. */
  readonly #parts = new Map<string, Uint8Array>();
  #current: Snapshot | undefined;
  #forgetting: NodeJS.Timeout | undefined;

  constructor(bus: BusConnection, keptMs: number) {
    this.#bus = bus;
    this.#keptMs = keptMs;
  }

  get current(): Snapshot {
    if (this.#current === undefined)
      throw new SluiceError("service_unavailable", "There is no configuration yet.");
    return this.#current;
  }

  at(revision: number): Snapshot | Promise<Snapshot> {
    const kept = this.#kept.get(revision);
    if (kept !== undefined) return kept.snapshot;
    if (this.#current !== undefined && revision < this.#current.revision) {
      throw new SluiceError("service_unavailable", "The request began under a configuration that is gone.");
    }
    return this.#arrivalOf(revision).promise;
  }

  onChange(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    clearTimeout(this.#forgetting);
    this.#listeners.clear();
    this.#parts.clear();
    this.onStop();
  }

  /** Keeps what may be a part of the next revision. */
  keepPart(key: string, value: Uint8Array | undefined): void {
    if (value === undefined) this.#parts.delete(key);
    else if (revisionOfPart(key) !== undefined) this.#parts.set(key, value);
  }

  /** Resolves with the first snapshot. */
  async first(signal: AbortSignal | undefined): Promise<void> {
    if (this.#current !== undefined) return;
    this.#bus.logger.info("waiting for the first configuration");
    await new Promise<void>((resolve, reject) => {
      const stop = this.onChange(() => {
        stop();
        resolve();
      });
      const abort = (): void => {
        stop();
        reject(signal?.reason as Error);
      };
      if (signal?.aborted === true) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  }

  /** Takes what was published. */
  take(value: Uint8Array): void {
    const snapshot = this.#read(value);
    if (snapshot === undefined) return;
    this.#forgetParts(snapshot.revision);
    this.#kept.set(snapshot.revision, { snapshot, arrivedMs: performance.now() });
    this.#forgetOld();
    this.#current = snapshot;
    noteConfigurationRevision(this.#bus, snapshot.revision);
    this.#arrivals.get(snapshot.revision)?.resolve(snapshot);
    this.#bus.logger.info({ revision: snapshot.revision }, "configuration taken");
    for (const listener of [...this.#listeners]) {
      try {
        listener(snapshot);
      } catch (error) {
        this.#bus.logger.error(
          { err: error, revision: snapshot.revision },
          "a listener of the configuration failed",
        );
      }
    }
  }

  /** Forgets revisions that no request can still be under; those for which it is too early, when it is time. */
  #forgetOld(): void {
    const nowMs = performance.now();
    clearTimeout(this.#forgetting);
    for (const [revision, { arrivedMs }] of this.#kept) {
      if (this.#kept.size <= keptRevisions) return;
      const leftMs = arrivedMs + this.#keptMs - nowMs;
      if (leftMs > 0 && this.#kept.size <= mostRevisions) {
        this.#forgetting = setTimeout(() => this.#forgetOld(), leftMs).unref();
        return;
      }
      this.#kept.delete(revision);
    }
  }

  /** Those of a revision that is here, and of changes that were to be it. */
  #forgetParts(revision: number): void {
    for (const key of this.#parts.keys()) {
      if ((revisionOfPart(key) ?? 0) <= revision) this.#parts.delete(key);
    }
  }

  #read(value: Uint8Array): Snapshot | undefined {
    try {
      return snapshotSchema.parse(gatherEntry(decodeEntry(value), (key) => this.#parts.get(key)));
    } catch (error) {
      this.#bus.logger.error(
        { err: error, servingRevision: this.#current?.revision },
        "a configuration that this release can't read was refused; the one before keeps serving",
      );
      return undefined;
    }
  }

  /** One promise and one timer per revision, however many requests wait for it. */
  #arrivalOf(revision: number): Arrival {
    const waiting = this.#arrivals.get(revision);
    if (waiting !== undefined) return waiting;
    const { promise, resolve, reject } = Promise.withResolvers<Snapshot>();
    const timer = setTimeout(() => {
      this.#arrivals.delete(revision);
      reject(
        new SluiceError("service_unavailable", "The configuration of the request has not arrived here."),
      );
    }, arrivalTimeoutMs);
    const arrival: Arrival = {
      promise,
      resolve: (snapshot) => {
        clearTimeout(timer);
        this.#arrivals.delete(revision);
        resolve(snapshot);
      },
    };
    this.#arrivals.set(revision, arrival);
    return arrival;
  }
}
