import { integer } from "@sluice/runtime/environment-variables";
import { z } from "zod";

const mebibyte = 1024 * 1024;

/** What the guard takes from its environment, beside what every service takes. */
export const guardConfigSchema = z
  .object({
    /** Largest reply that is inspected as a whole, bytes; a larger one counts as a failure of the guard. @default 32 MiB */
    SLUICE_GUARD_MAX_REPLY_BYTES: integer({ minimum: 1, maximum: 1024 * mebibyte }).default(32 * mebibyte),
    /** Longest time that one prompt is inspected, milliseconds; past it the guard has failed. @default 10 s */
    SLUICE_GUARD_INSPECT_TIMEOUT_MS: integer({ minimum: 1, maximum: 600_000 }).default(10_000),
  })
  .transform((variables) => ({
    maxReplyBytes: variables.SLUICE_GUARD_MAX_REPLY_BYTES,
    inspectTimeoutMs: variables.SLUICE_GUARD_INSPECT_TIMEOUT_MS,
  }));
export type GuardConfig = z.infer<typeof guardConfigSchema>;
