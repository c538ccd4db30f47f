import { z } from "zod";
import { durationSchema } from "./duration.ts";

const dayMs = 24 * 3_600_000;

/** When one of several targets is left alone, as it is written. */
export const breakerSchema = z
  .strictObject({
    failures: z.int().min(1).max(1000).default(5).describe("Failures in a row after which it is left alone."),
    failureRatio: z
      .number()
      .min(0.05)
      .max(1)
      .default(0.5)
      .describe("Part of its last 20 calls that fail after which it is, in a row or not; 1 for all of them."),
    openFor: durationSchema({ minMs: 100, maxMs: dayMs })
      .prefault("5s")
      .describe("For how long, unless it says itself; twice as long each time that it fails again."),
    maxOpenFor: durationSchema({ minMs: 100, maxMs: dayMs }).prefault("2m").describe("For how long at most."),
  })
  .check((check) => {
    const { openFor, maxOpenFor } = check.value;
    if (maxOpenFor >= openFor) return;
    check.issues.push({
      code: "custom",
      message: "is shorter than openFor",
      path: ["maxOpenFor"],
      input: check.value,
    });
  });

/** The same in milliseconds, as the router reads it. */
export const compiledBreakerSchema = z.strictObject({
  failures: z.int().min(1),
  failureRatio: z.number().gt(0).max(1),
  openMs: z.int().positive(),
  maxOpenMs: z.int().positive(),
});
export type CompiledBreaker = z.infer<typeof compiledBreakerSchema>;

export function compileBreaker({
  failures,
  failureRatio,
  openFor,
  maxOpenFor,
}: z.output<typeof breakerSchema>): CompiledBreaker {
  return { failures, failureRatio, openMs: openFor, maxOpenMs: maxOpenFor };
}

/** What holds where nothing else is written. */
export const defaultBreaker: CompiledBreaker = Object.freeze(compileBreaker(breakerSchema.parse({})));
