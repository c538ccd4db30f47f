import type { BusConnection } from "./bus.ts";

const revisions = new WeakMap<BusConnection, number>();

/** Remembers which revision of the configuration an instance works by; its statistics on the bus show it. */
export function noteConfigurationRevision(bus: BusConnection, revision: number): void {
  revisions.set(bus, revision);
}

/** @returns undefined for an instance that follows no configuration, or has none yet */
export function configurationRevisionOf(bus: BusConnection): number | undefined {
  return revisions.get(bus);
}
