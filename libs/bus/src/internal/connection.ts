import type { NatsConnection } from "nats";
import type { BusConnection } from "../bus.ts";

/** Keeps the NATS client out of the type of the bus, so that no service can reach it. */
const connections = new WeakMap<BusConnection, NatsConnection>();

export function bindConnection(bus: BusConnection, connection: NatsConnection): void {
  connections.set(bus, connection);
}

export function connectionOf(bus: BusConnection): NatsConnection {
  const connection = connections.get(bus);
  if (connection === undefined) throw new Error("this bus was not made by connectBus");
  return connection;
}

/** Makes a value once per bus, at its first use. */
export function oncePerBus<B extends BusConnection, T>(make: (bus: B) => T): (bus: B) => T {
  const made = new WeakMap<B, { value: T }>();
  return (bus) => {
    let entry = made.get(bus);
    if (entry === undefined) {
      entry = { value: make(bus) };
      made.set(bus, entry);
    }
    return entry.value;
  };
}
