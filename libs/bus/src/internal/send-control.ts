import type { Party } from "@sluice/contracts/party";
import { controlSubject } from "@sluice/contracts/subjects";
import type { Bus } from "../bus.ts";
import { type ControlMessage, encodeControl } from "./control-codec.ts";
import { publish } from "./publish.ts";

/**
 * Says something about a request to the instance that holds it. Never throws: with the bus down or closing
 * there is nobody to say it to, and both ends drop what they hold when they lose the bus.
 */
export function sendControl(bus: Bus, holder: Party, control: ControlMessage): void {
  if (!bus.connected) return;
  try {
    publish(bus, controlSubject(holder), encodeControl(control));
  } catch (error) {
    bus.logger.warn({ err: error, holder: holder.instance }, "a control message could not be sent");
  }
}
