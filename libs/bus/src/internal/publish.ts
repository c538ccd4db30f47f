import type { BusConnection } from "../bus.ts";
import { backlogOf } from "./backlog.ts";
import { busLost } from "./bus-lost.ts";
import { outboxOf, type PublishOptions } from "./outbox.ts";

/**
 * Publishes with what else this turn of the event loop says, and refuses at once while the connection is down.
 * @throws SluiceError `bus_unavailable`; `internal` when it is larger than the server takes
 */
export function publish(
  bus: BusConnection,
  subject: string,
  payload: Uint8Array,
  options?: PublishOptions,
): void {
  outboxOf(bus).publish(subject, payload, options);
}

/**
 * Publishes a request, and refuses it where too much waits for a server that reads nothing. What belongs to requests
 * that were let in is not refused: the credit of their replies bounds it.
 * @throws SluiceError `bus_unavailable`
 */
export function publishRequest(
  bus: BusConnection,
  subject: string,
  payload: Uint8Array,
  options: PublishOptions,
): void {
  if (backlogOf(bus).full) throw busLost();
  publish(bus, subject, payload, options);
}
