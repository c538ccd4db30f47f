import type { BusConnection } from "@sluice/bus/bus";
import { type PublishedSnapshot, publishSnapshot } from "./publish-snapshot.ts";
import { readConfigurationFile } from "./read-configuration.ts";

export interface ApplyOptions {
  /** Path of the configuration, usually `sluice.yaml`. */
  file: string;
}

/**
 * Reads, checks and compiles a configuration file and makes it the one that all services work by. A file
 * with a problem changes nothing.
 * @throws ConfigurationError with every problem at once; what {@link publishSnapshot} throws
 */
export async function applyConfiguration(
  bus: BusConnection,
  { file }: ApplyOptions,
): Promise<PublishedSnapshot> {
  return publishSnapshot(bus, await readConfigurationFile(file));
}
