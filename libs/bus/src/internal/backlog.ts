import type { BusConnection } from "../bus.ts";
import { connectionOf, oncePerBus } from "./connection.ts";

/** The server is asked how far it has read each time that about so much was written. */
const probeBytes = 1024 * 1024;
/** As much as may wait for a server that reads nothing before requests are refused. */
const maxBytes = 64 * 1024 * 1024;

/**
 * What was published and the server may not have read. A server that stands still refuses nothing:
 * until its silence is noticed, all that is published piles up in this process.
 */
class Backlog {
  readonly #bus: BusConnection;
  #writtenBytes = 0;
  #readBytes = 0;
  #probing = false;

  constructor(bus: BusConnection) {
    this.#bus = bus;
  }

  get full(): boolean {
    return this.#writtenBytes - this.#readBytes >= maxBytes;
  }

  add(bytes: number): void {
    this.#writtenBytes += bytes;
  }

  /** All that was added has been given to the connection. */
  handedOver(): void {
    if (!this.#probing && this.#writtenBytes - this.#readBytes >= probeBytes) this.#probe();
  }

  #probe(): void {
    const writtenBytes = this.#writtenBytes;
    this.#probing = true;
    const settle = (readBytes: number): void => {
      this.#readBytes = readBytes;
      this.#probing = false;
    };
    connectionOf(this.#bus)
      .flush()
      .then(
        () => settle(writtenBytes),
        // With the connection goes all that was waiting in it.
        () => settle(this.#writtenBytes),
      );
  }
}

/** The backlog of a connection. */
export const backlogOf = oncePerBus((bus: BusConnection) => new Backlog(bus));
