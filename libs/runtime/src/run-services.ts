import { runProcess } from "./run-process.ts";
import { startSeveralParts } from "./several-parts.ts";
import type { SeveralServices } from "./several-services.ts";

/**
 * Runs several services in one process, as `runService` runs one:
 *
 * ```ts
 * await runServices({ edge: ingressDefinition, steps: [authDefinition, routerDefinition], threads: [] });
 * ```
 *
 * - Edge and steps hand each other requests and replies as they are. They share one connection to NATS, as the user
 *   `compact`; a thread has one of its own, as its service's user, whose seed is in the file that
 *   `NATS_<SERVICE>_NKEY_SEED_FILE` names.
 * - `/metrics` has the metrics of all, with `service_name` and `service_instance_id` on each series.
 * - A thread that ends is started again; whatever else fails ends the process.
 *
 * Never returns: the process ends first.
 */
export function runServices(services: SeveralServices): Promise<never> {
  return runProcess("compact", (own) => startSeveralParts(services, own));
}
