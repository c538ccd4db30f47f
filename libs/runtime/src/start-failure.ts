import type { Instance } from "@sluice/contracts/service-name";
import { createLogger } from "@sluice/telemetry/logger";
import { EnvironmentError } from "./environment.ts";
import type { ProcessName } from "./process-name.ts";

/**
 * Says on standard error, in one line, why a service can't start. A log line like all others, so that a supervisor
 * can read it, but written at once: the process ends right after it.
 */
export function reportStartFailure(service: ProcessName, instance: Instance, error: unknown): void {
  const logger = createLogger({
    service,
    instance,
    level: "fatal",
    destination: { write: writeToStandardError },
  });
  const problems = error instanceof EnvironmentError ? { problems: error.problems } : { err: error };
  logger.fatal(problems, reasonOfFailure(service, error));
}

/** In one sentence, for people. */
export function reasonOfFailure(service: ProcessName, error: unknown): string {
  if (error instanceof ThreadStartError) return error.message;
  return `${service} can't start: ${error instanceof Error ? error.message : "unknown error"}`;
}

/** A thread of the process did not start; the message says why, and which one it is. */
export class ThreadStartError extends Error {
  override readonly name = "ThreadStartError";
}

function writeToStandardError(line: string): void {
  process.stderr.write(line);
}
