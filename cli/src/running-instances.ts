import { type ListedService, listServices } from "@sluice/bus/list-services";
import { findBus } from "./find-mesh.ts";
import type { Terminal } from "./terminal.ts";
import { reachingBus } from "./with-operator.ts";

/** Every instance on the bus; waits half a second for their answers. @throws CommandError when there is no mesh */
export async function runningInstances(terminal: Terminal): Promise<ListedService[]> {
  const address = await findBus(terminal);
  return await reachingBus(address.servers, () => listServices(address));
}
