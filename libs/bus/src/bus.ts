import type { Party } from "@sluice/contracts/party";
import type { BusUser } from "@sluice/contracts/service-name";
import type { Logger } from "@sluice/telemetry/logger";
import type { MeshMetrics } from "@sluice/telemetry/mesh-metrics";
import type { InProcessHub } from "./in-process-hub.ts";

/** Smallest room that is left in a message for the envelope before its body. */
const envelopeRoomBytes = 32 * 1024;

/** Bodies above this go by claim check even where the server would take larger messages: a crossing of 1 MB costs 5 ms. */
const largestInlineBytes = 512 * 1024;

/** The server must take messages of at least this size: frames and the pieces of claimed bodies need the room. */
export const smallestMaxPayloadBytes = 256 * 1024;

export interface BusConnectionOptions {
  user: BusUser;
  logger: Logger;
  close: () => Promise<void>;
}

/**
 * One connection of one process to the bus. The functions of this library take it as their first argument;
 * the NATS client behind it is reached inside this library only.
 */
export class BusConnection {
  readonly user: BusUser;
  readonly logger: Logger;
  readonly #close: () => Promise<void>;
  readonly #lostListeners = new Set<() => void>();
  readonly #restoredListeners = new Set<() => void>();
  readonly #closedListeners = new Set<() => void>();
  #connected = true;
  #closed = false;

  constructor(options: BusConnectionOptions) {
    this.user = options.user;
    this.logger = options.logger;
    this.#close = options.close;
  }

  /** False from the loss of the connection until it is back. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Calls `listener` whenever the connection is lost; returns how to stop that. */
  onLost(listener: () => void): () => void {
    this.#lostListeners.add(listener);
    return () => this.#lostListeners.delete(listener);
  }

  /** Calls `listener` whenever the connection is back; returns how to stop that. */
  onRestored(listener: () => void): () => void {
    this.#restoredListeners.add(listener);
    return () => this.#restoredListeners.delete(listener);
  }

  /** Calls `listener` when the connection is closed for good. */
  onClosed(listener: () => void): void {
    this.#closedListeners.add(listener);
  }

  /** Sends what is queued and closes the connection. */
  async drain(): Promise<void> {
    await this.#close();
  }

  /** Told by the connection; see connect.ts. */
  setConnected(connected: boolean): void {
    if (connected === this.#connected) return;
    this.#connected = connected;
    this.#call(connected ? this.#restoredListeners : this.#lostListeners);
  }

  /** Told by the connection, or by whoever leaves it to others. */
  setClosed(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.setConnected(false);
    this.#call(this.#closedListeners);
  }

  /** One listener that throws keeps neither the others nor the connection from going on. */
  #call(listeners: Iterable<() => void>): void {
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        this.logger.error({ err: error }, "a listener of the bus failed");
      }
    }
  }
}

export interface BusOptions extends BusConnectionOptions {
  party: Party;
  metrics: MeshMetrics;
  /** Largest payload the server takes, from its INFO. */
  maxPayloadBytes: number;
  hub?: InProcessHub | undefined;
}

/** The connection of a service's instance, which takes part in the pipeline. */
export class Bus extends BusConnection {
  readonly party: Party;
  readonly metrics: MeshMetrics;
  /** Bodies up to this size travel in messages of NATS, larger ones by claim check. */
  readonly maxInlineBodyBytes: number;
  /** Carries requests and replies to the other services of this process. @default undefined (NATS does) */
  readonly hub: InProcessHub | undefined;

  constructor(options: BusOptions) {
    super(options);
    this.party = options.party;
    this.metrics = options.metrics;
    this.hub = options.hub;
    this.maxInlineBodyBytes = Math.min(largestInlineBytes, options.maxPayloadBytes - envelopeRoomBytes);
  }
}
