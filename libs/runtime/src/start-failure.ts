import type { Instance, ServiceName } from "@sluice/contracts/service-name";
import { createLogger } from "@sluice/telemetry/logger";
import { EnvironmentError } from "./environment.ts";

/**
 * Says on standard error, in one line, why a service can't start. A log line like all others, so that a supervisor
 * can read it, but written at once: the process ends right after it.
 */
export function reportStartFailure(service: ServiceName, instance: Instance, error: unknown): void {
  const logger = createLogger({
    service,
    instance,
    level: "fatal",
    destination: { write: writeToStandardError },
  });
  const reason = error instanceof Error ? error.message : "unknown error";
  const problems = error instanceof EnvironmentError ? { problems: error.problems } : { err: error };
  logger.fatal(problems, `${service} can't start: ${reason}`);
}

function writeToStandardError(line: string): void {
  process.stderr.write(line);
}
