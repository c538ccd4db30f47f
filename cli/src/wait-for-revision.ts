import { type ListedService, listServices } from "@sluice/bus/list-services";
import { CommandError } from "./command-error.ts";
import { findBus } from "./find-mesh.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Waits until every instance of the mesh works by a revision of the configuration, or by a later one.
 * @param waitMs how long at most
 * @throws CommandError that names the instances which don't when the time is over
 */
export async function waitForRevision(terminal: Terminal, revision: number, waitMs: number): Promise<void> {
  const address = await findBus(terminal);
  const endMs = performance.now() + waitMs;
  let behind: ListedService[];
  do {
    const services = await listServices(address);
    behind = services.filter((service) => service.revision !== undefined && service.revision < revision);
    if (behind.length === 0) return;
  } while (performance.now() < endMs);
  const instances = behind.map((service) => `${service.instance} works by revision ${service.revision}`);
  throw new CommandError(
    `Revision ${revision} is applied, and after ${waitMs / 1000} s not yet in force everywhere: ${instances.join(", ")}.`,
  );
}
