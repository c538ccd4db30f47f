import type { Party } from "@sluice/contracts/party";
import type { Bus } from "../bus.ts";
import type { ControlMessage } from "./control-codec.ts";
import { transportOf } from "./transport-of.ts";

/**
 * Says something about a request to the instance that holds it. Never throws: with the bus down or closing
 * there is nobody to say it to, and both ends drop what they hold when they lose the bus.
 * @param options.asks whether to be told when that instance is gone. @default false
 */
export function sendControl(bus: Bus, holder: Party, control: ControlMessage, { asks = false } = {}): void {
  if (!bus.connected) return;
  try {
    transportOf(bus).sendControl(holder, control, asks);
  } catch (error) {
    bus.logger.warn({ err: error, holder: holder.instance }, "a control message could not be sent");
  }
}
