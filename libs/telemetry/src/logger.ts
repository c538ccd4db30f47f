import { isMainThread } from "node:worker_threads";
import type { Instance, ServiceName } from "@sluice/contracts/service-name";
import { type DestinationStream, type Logger as PinoLogger, pino } from "pino";
import { logError } from "./log-error.ts";
import { redactFields, secretSerializers } from "./log-redaction.ts";

/** The logger that everything is handed; never a global one. Errors go in as `{ err }` or `{ error }`. */
export type Logger = PinoLogger;

export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LoggerOptions {
  /** A service, or another part that writes the same lines (`supervisor`). */
  service: ServiceName | (string & {});
  instance: Instance | (string & {});
  level: LogLevel;
  /** @default standard output, written off the hot path and flushed when the process exits */
  destination?: DestinationStream;
}

/**
 * Makes the logger of a process: one JSON object a line with `time` (ISO 8601, UTC), `level`, `service`, `instance`,
 * `msg`. Fields that are named like a secret or a prompt are replaced, and errors are cut down to what
 * {@link logError} takes.
 */
export function createLogger(options: LoggerOptions): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.service, instance: options.instance },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { ...secretSerializers, err: logError, error: logError },
      formatters: {
        level: (label) => ({ level: label }),
        log: redactFields,
      },
    },
    options.destination ?? standardOutput(),
  );
}

/**
 * Where log lines go when nobody says otherwise; made once for all loggers of a process. pino flushes a destination
 * like this one when the process exits, by whatever way it does so; on a thread it does not, so there each line is
 * written at once.
 */
export function standardOutput(): DestinationStream {
  // With a least length of 0, a flush waits for nothing.
  return pino.destination({ dest: 1, sync: !isMainThread, minLength: isMainThread ? 1 : 0 });
}

/**
 * Resolves when the lines so far are written; what waits when the process exits is written then anyway.
 * Never rejects: a reader of the log that is gone must not keep a process from ending.
 */
export function flushLogger(logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    logger.flush(() => resolve());
  });
}
