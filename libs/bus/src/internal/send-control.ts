import type { Party } from "@sluice/contracts/party";
import { controlSubject } from "@sluice/contracts/subjects";
import type { Bus } from "../bus.ts";
import { type ControlMessage, encodeControl } from "./control-codec.ts";
import { publish } from "./publish.ts";

/**
 * Says something about a request to the instance that holds it. With the bus down there is nobody to say it
 * to: both ends drop what they hold when they lose the bus.
 */
export function sendControl(bus: Bus, holder: Party, control: ControlMessage): void {
  if (!bus.connected) return;
  publish(bus, controlSubject(holder), encodeControl(control));
}
