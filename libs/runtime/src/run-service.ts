import { runProcess } from "./run-process.ts";
import type { ServiceDefinition } from "./service-definition.ts";
import { startServiceParts } from "./service-parts.ts";

export type { RunningService, ServiceContext, ServiceDefinition } from "./service-definition.ts";

/**
 * Runs a service from its first line to its exit; `main.ts` does nothing else:
 *
 * ```ts
 * await runService(routerDefinition);
 * ```
 *
 * - Environment, logger, metrics, traces and bus are made here; nothing else reads `process.env` or handles signals.
 * - Once the service takes requests, whoever started it over an IPC channel, or as a thread, gets a `ReadyMessage`.
 * - SIGTERM or SIGINT: the service stops, with `SLUICE_DRAIN_MS` for its open work; then the bus is drained, spans
 *   and log lines are sent, exit code 0. Past that time and a little for settling, or at a second signal: a log
 *   line and exit code 1.
 * - The parent says `StopMessage`: the same, with the time that it gives. The loss of the parent: 4 s.
 * - A start that fails, an exception that nobody caught or a promise that nobody awaited: a log line and exit code 1.
 *
 * Never returns: the process, or the thread, ends first.
 */
export function runService<Config>(definition: ServiceDefinition<Config>): Promise<never> {
  return runProcess(definition.service, (own) => startServiceParts(definition, own));
}
