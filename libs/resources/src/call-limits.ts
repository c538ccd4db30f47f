import { z } from "zod";
import { durationSchema } from "./duration.ts";

const hourMs = 3_600_000;

/** How long to wait for whoever is called. */
export const timeoutsSchema = z.strictObject({
  connect: durationSchema({ maxMs: hourMs }).prefault("5s").describe("To open a connection."),
  firstToken: durationSchema({ maxMs: hourMs })
    .prefault("5m")
    .describe("From the sent request to the first byte of the answer."),
  idle: durationSchema({ maxMs: hourMs }).prefault("2m").describe("Between two pieces of a streamed answer."),
  total: durationSchema({ maxMs: 24 * hourMs })
    .prefault("10m")
    .describe("One call from its start to its end."),
});

/** Calls in all. */
export const attemptsSchema = z
  .int()
  .min(1)
  .max(10)
  .describe("Calls in all, the first included; 1 means no retry.");

/** When a call fails in a way that may pass. */
export const retriesSchema = z.strictObject({
  attempts: attemptsSchema.default(3),
  baseDelay: durationSchema({ minMs: 0, maxMs: hourMs })
    .prefault("250ms")
    .describe("Pause before the first retry; each further one is twice as long, with jitter."),
  maxDelay: durationSchema({ minMs: 0, maxMs: hourMs }).prefault("8s").describe("Longest pause."),
});

/** The same in milliseconds, as the services read it. */
export function compileCallLimits(
  timeouts: z.output<typeof timeoutsSchema>,
  retries: z.output<typeof retriesSchema>,
) {
  return {
    timeouts: {
      connectMs: timeouts.connect,
      firstTokenMs: timeouts.firstToken,
      idleMs: timeouts.idle,
      totalMs: timeouts.total,
    },
    retries: {
      attempts: retries.attempts,
      baseDelayMs: retries.baseDelay,
      maxDelayMs: retries.maxDelay,
    },
  };
}
