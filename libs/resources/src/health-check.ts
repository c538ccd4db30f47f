import { z } from "zod";
import { durationSchema } from "./duration.ts";

const hourMs = 3_600_000;

/** How a backend is asked whether it is well, while nobody calls it, as it is written. */
export const healthCheckSchema = z.strictObject({
  path: z
    .string()
    .max(2000)
    .regex(/^\/[^\s#]*$/, "a path that begins with /")
    .optional()
    .describe(
      "What is asked for on its host, with GET and its key; an answer below 400 says that it is well. Default: the " +
        "provider's list of models, which costs nothing.",
    ),
  interval: durationSchema({ minMs: 1_000, maxMs: hourMs })
    .prefault("10s")
    .describe("How often, by each router."),
  timeout: durationSchema({ minMs: 100, maxMs: 60_000 }).prefault("2s").describe("For an answer."),
  failures: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe("In a row after which it is left alone, until it is well again."),
});

/** The same in milliseconds, as the router reads it. */
export const compiledHealthCheckSchema = z.strictObject({
  /** On its host. @default the provider's list of models */
  path: z.string().optional(),
  intervalMs: z.int().positive(),
  timeoutMs: z.int().positive(),
  failures: z.int().positive(),
});
export type CompiledHealthCheck = z.infer<typeof compiledHealthCheckSchema>;

export function compileHealthCheck({
  path,
  interval,
  timeout,
  failures,
}: z.output<typeof healthCheckSchema>): CompiledHealthCheck {
  return { ...(path === undefined ? {} : { path }), intervalMs: interval, timeoutMs: timeout, failures };
}
