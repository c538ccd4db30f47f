import type { Bus } from "../bus.ts";
import { oncePerBus } from "./connection.ts";
import { InProcessTransport } from "./in-process-transport.ts";
import { NatsTransport } from "./nats-transport.ts";
import type { Transport } from "./transport.ts";

/** The transport of a bus: the hub that it was connected with, or else NATS. */
export const transportOf = oncePerBus(
  (bus: Bus): Transport =>
    bus.hub === undefined ? new NatsTransport(bus) : new InProcessTransport(bus, bus.hub),
);
