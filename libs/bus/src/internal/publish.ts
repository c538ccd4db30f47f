import { SluiceError } from "@sluice/contracts/sluice-error";
import type { MsgHdrs } from "nats";
import type { BusConnection } from "../bus.ts";
import { connectionOf } from "./connection.ts";

export interface PublishOptions {
  reply?: string;
  headers?: MsgHdrs;
}

/**
 * Publishes, and refuses at once while the connection is down: the client would keep the message in memory.
 * @throws SluiceError `bus_unavailable`
 */
export function publish(
  bus: BusConnection,
  subject: string,
  payload: Uint8Array,
  options?: PublishOptions,
): void {
  if (!bus.connected) {
    throw new SluiceError("bus_unavailable", "The gateway's bus is not reachable.", { retryAfterMs: 1000 });
  }
  connectionOf(bus).publish(subject, payload, options);
}
