import { isMainThread } from "node:worker_threads";
import { createLogger, flushLogger, type Logger } from "@sluice/telemetry/logger";
import { newInstance } from "./instance-name.ts";
import { findParent, type Parent } from "./parent.ts";
import type { ProcessName } from "./process-name.ts";
import type { OwnProcess, ProcessParts } from "./process-parts.ts";
import type { ReadyMessage } from "./ready-message.ts";
import { reasonOfFailure, reportStartFailure } from "./start-failure.ts";
import { stopInTime } from "./stop-in-time.ts";
import { type StopRequests, watchStopRequests } from "./stop-request.ts";
import { withinTime } from "./within-time.ts";

/** How long a start that is under way may take to come to an end once the process was asked to end. */
const startLimitMs = 8_000;
/** How long bus, exporter and log may take when the service has stopped, each. */
const farewellLimitMs = 500;

/**
 * Runs what `start` starts until the process, or the thread, is asked to end, and ends with it.
 *
 * Never returns: the process ends first.
 */
export async function runProcess(
  name: ProcessName,
  start: (own: OwnProcess) => Promise<ProcessParts>,
): Promise<never> {
  const instance = newInstance(name);
  const logger = createLogger({ service: name, instance, level: "info" });
  process.on("uncaughtException", (error, origin) => {
    logger.fatal({ err: error, origin }, "an error that nobody handled ends the process");
    process.exit(1);
  });
  const parent = findParent();
  const stop = watchStopRequests(parent, (signal) => {
    logger.error({ signal }, "asked again to end: open work is given up");
    process.exit(1);
  });

  const own: OwnProcess = { name, instance, logger, signal: stop.signal };
  const parts = await startOrExit(own, start, stop, parent);
  if (!stop.signal.aborted) sayReady(own, parts, parent);
  return exit(await stopParts(parts, stop, logger), logger);
}

async function startOrExit(
  own: OwnProcess,
  start: (own: OwnProcess) => Promise<ProcessParts>,
  stop: StopRequests,
  parent: Parent | undefined,
): Promise<ProcessParts> {
  const { name, instance, logger } = own;
  const starting = start(own);
  const stopped = stop.first.then(() => withinTime(starting, startLimitMs));
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
    // A thread leaves it to its process to say why that does not start.
    if (isMainThread) reportStartFailure(name, instance, error);
    else parent?.say({ type: "failed", reason: reasonOfFailure(name, error) });
    return exit(1, logger);
  }
}

function sayReady(
  { name, instance, logger }: OwnProcess,
  parts: ProcessParts,
  parent: Parent | undefined,
): void {
  const { url } = parts.running.ready;
  const metricsUrl = parts.operations.url;
  logger.info({ url, metricsUrl }, "ready");
  const message: ReadyMessage = { type: "ready", service: name, instance, metricsUrl };
  if (url !== undefined) message.url = url;
  if (parts.services !== undefined) message.services = parts.services;
  parent?.say(message);
}

/**
 * Waits until the process is asked to end, and ends what runs in it.
 * @returns the exit code
 */
async function stopParts(parts: ProcessParts, stop: StopRequests, logger: Logger): Promise<number> {
  const stopped = await succeeds("the service", stopInTime(parts, stop, logger), logger);
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
