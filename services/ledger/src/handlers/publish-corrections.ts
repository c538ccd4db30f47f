import { randomUUID } from "node:crypto";
import type { Bus } from "@sluice/bus/bus";
import { publishEvent } from "@sluice/bus/events";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { ReconciledEvent } from "@sluice/contracts/usage-event";

const mostEvents = 500;
const mostBytes = 256 * 1024;
/** How long the stream may take to acknowledge one message. */
const giveUpAfterMs = 10_000;

/** Sends corrections to the event stream, some hundred to a message. */
export class CorrectionPublisher {
  readonly #bus: Bus;
  readonly #dryRun: boolean;
  readonly #mostBytes: number;
  #events: string[] = [];
  #bytes = 0;

  /** @param dryRun takes all of it and sends nothing */
  constructor(bus: Bus, dryRun: boolean) {
    this.#bus = bus;
    this.#dryRun = dryRun;
    this.#mostBytes = Math.min(mostBytes, bus.maxInlineBodyBytes);
  }

  /** @throws SluiceError `ledger_unavailable` when the stream does not take what was gathered */
  async add(event: ReconciledEvent): Promise<void> {
    if (this.#dryRun) return;
    const text = JSON.stringify(event);
    const bytes = Buffer.byteLength(text) + 1;
    if (this.#events.length === mostEvents || this.#bytes + bytes > this.#mostBytes) await this.finish();
    this.#events.push(text);
    this.#bytes += bytes;
  }

  /** Sends what is left; resolves when the stream has all of it. @throws as above */
  async finish(): Promise<void> {
    if (this.#events.length === 0) return;
    const payload = Buffer.from(`{"events":[${this.#events.join(",")}]}`);
    this.#events = [];
    this.#bytes = 0;
    try {
      await publishEvent(this.#bus, "usage", payload, randomUUID(), { giveUpAfterMs });
    } catch (cause) {
      throw new SluiceError(
        "ledger_unavailable",
        "The event stream does not take the corrections; hand the statement in again.",
        { cause, retryAfterMs: giveUpAfterMs },
      );
    }
  }
}
