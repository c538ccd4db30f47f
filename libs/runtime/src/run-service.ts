import type { Instance, ServiceName } from "@sluice/contracts/service-name";
import { createLogger, flushLogger, type Logger } from "@sluice/telemetry/logger";
import { newInstance } from "./instance-name.ts";
import type { ReadyMessage } from "./ready-message.ts";
import type { ServiceDefinition } from "./service-definition.ts";
import { type ServiceParts, startServiceParts } from "./service-parts.ts";
import { reportStartFailure } from "./start-failure.ts";
import { type StopRequest, watchStopRequests } from "./stop-request.ts";
import { withinTime } from "./within-time.ts";

export type { RunningService, ServiceContext, ServiceDefinition } from "./service-definition.ts";

/** How long open work may take once the process was asked to end. */
const drainLimitMs = 8_000;
/** How long bus, exporter and log may take after that, each; the whole exit stays under 10 s. */
const farewellLimitMs = 500;

/**
 * Runs a service from its first line to its exit; `main.ts` does nothing else:
 *
 * ```ts
 * await runService({ service: "router", configSchema, start: startRouter });
 * ```
 *
 * - Environment, logger, metrics, traces and bus are made here; nothing else reads `process.env` or handles signals.
 * - Once the service takes requests, a parent process with an IPC channel gets a `ReadyMessage`.
 * - SIGTERM, SIGINT or the loss of that parent: the service stops, within 8 s; then the bus is drained, spans and
 *   log lines are sent, exit code 0. Past the time, or at a second signal: a log line and exit code 1.
 * - A start that fails, an exception that nobody caught or a promise that nobody awaited: a log line and exit code 1.
 *
 * Never returns: the process ends first.
 */
export async function runService<Config>(definition: ServiceDefinition<Config>): Promise<never> {
  const { service } = definition;
  const instance = newInstance(service);
  const logger = createLogger({ service, instance, level: "info" });
  process.on("uncaughtException", (error, origin) => {
    logger.fatal({ err: error, origin }, "an error that nobody handled ends the process");
    process.exit(1);
  });
  const stop = watchStopRequests((signal) => {
    logger.error({ signal }, "asked again to end: open work is given up");
    process.exit(1);
  });

  const parts = await startOrExit(definition, instance, logger, stop);
  if (!stop.signal.aborted) sayReady(service, instance, parts, logger);
  const reason = await stop.first;
  logger.info({ reason }, "stopping");
  return exit(await stopParts(parts, logger), logger);
}

async function startOrExit<Config>(
  definition: ServiceDefinition<Config>,
  instance: Instance,
  logger: Logger,
  stop: StopRequest,
): Promise<ServiceParts> {
  const starting = startServiceParts(definition, instance, logger, stop.signal);
  const stopped = stop.first.then(() => withinTime(starting, drainLimitMs));
  try {
    const done = await Promise.race([starting.then(() => true), stopped]);
    if (done) return await starting;
    logger.error("asked to end, and the start did not come to one in time");
    return await exit(1, logger);
  } catch (error) {
    if (stop.signal.aborted) {
      logger.info({ err: error }, "asked to end while starting");
      return exit(0, logger);
    }
    reportStartFailure(definition.service, instance, error);
    return exit(1, logger);
  }
}

function sayReady(service: ServiceName, instance: Instance, parts: ServiceParts, logger: Logger): void {
  const { url } = parts.running.ready;
  const metricsUrl = parts.operations.url;
  logger.info({ url, metricsUrl }, "ready");
  const message: ReadyMessage = { type: "ready", service, instance, metricsUrl };
  if (url !== undefined) message.url = url;
  // A parent that is gone by now is noticed by its channel, not by this.
  process.send?.(message, undefined, undefined, () => undefined);
}

/** @returns the exit code */
async function stopParts(parts: ServiceParts, logger: Logger): Promise<number> {
  const stopped = await succeeds("the service", withinTime(parts.running.stop(), drainLimitMs), logger);
  if (!stopped) logger.error({ limitMs: drainLimitMs }, "open work was not finished");
  const drained = await succeeds("the bus", withinTime(parts.bus.drain(), farewellLimitMs), logger);
  await parts.tracing.shutdown(farewellLimitMs);
  await parts.operations.close();
  logger.info({ stopped, drained }, "stopped");
  return stopped ? 0 : 1;
}

async function succeeds(what: string, work: Promise<boolean>, logger: Logger): Promise<boolean> {
  try {
    return await work;
  } catch (error) {
    logger.error({ err: error }, `${what} did not stop in good order`);
    return false;
  }
}

async function exit(code: number, logger: Logger): Promise<never> {
  await withinTime(flushLogger(logger), farewellLimitMs);
  process.exit(code);
}
