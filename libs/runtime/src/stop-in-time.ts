import type { Logger } from "@sluice/telemetry/logger";
import type { ProcessParts } from "./process-parts.ts";
import type { StopRequest, StopRequests } from "./stop-request.ts";

type StoppableParts = Pick<ProcessParts, "running" | "drainMs" | "settleLimitMs">;

/**
 * Stops a service: open work may go on for the drain time, then the service breaks it off and settles.
 * A further request may shorten the time, never lengthen it.
 *
 * @param parts `drainMs` counts where a request does not say how long
 * @returns whether the service has stopped in time
 * @throws what `stop` of the service throws
 */
export async function stopInTime(
  { running, drainMs: usualDrainMs, settleLimitMs }: StoppableParts,
  requests: StopRequests,
  logger: Logger,
): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  let untilMs = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const obey = ({ reason, drainMs = usualDrainMs }: StopRequest): Promise<void> | undefined => {
    if (performance.now() + drainMs >= untilMs) return undefined;
    untilMs = performance.now() + drainMs;
    logger.info({ reason, drainMs }, "stopping");
    clearTimeout(timer);
    timer = setTimeout(() => {
      logger.error({ limitMs: drainMs + settleLimitMs }, "open work was not finished");
      resolve(false);
    }, drainMs + settleLimitMs);
    return running.stop(drainMs);
  };
  requests.onFurther((request) => {
    // Only the first call says when the service has stopped.
    obey(request)?.catch((error: unknown) => logger.error({ err: error }, "the stop was not shortened"));
  });
  obey(await requests.first)?.then(() => resolve(true), reject);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
