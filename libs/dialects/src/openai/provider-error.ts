import type { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import type { ErrorReport } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { fallbackMessage, toSluiceError } from "../provider-failure.ts";
import { parseDuration, readRetryAfterHeaders } from "../retry-after.ts";

const errorSchema = z.object({
  message: z.string().nullish().catch(undefined),
  type: z.string().nullish().catch(undefined),
  code: z.union([z.string(), z.number()]).nullish().catch(undefined),
});
/** Some compatible servers put the fields, or one string, directly under `error`, or nothing around them. */
const bodySchema = z.union([
  z.object({ error: errorSchema }).transform((body) => body.error),
  z
    .object({ error: z.string() })
    .transform((body) => ({ message: body.error, type: undefined, code: undefined })),
  errorSchema,
]);

function readError(body: unknown): z.infer<typeof errorSchema> {
  const result = bodySchema.safeParse(body);
  return result.success ? result.data : {};
}

export function readOpenaiErrorBody(status: number, body: unknown): ErrorReport {
  const error = readError(body);
  const type = error.type ?? (typeof error.code === "string" ? error.code : undefined);
  return { message: error.message ?? fallbackMessage(status), ...presentFields({ type }) };
}

/**
 * The wait is `retry-after-ms`, else `retry-after`, else the reset of whichever limit has nothing left
 * (`x-ratelimit-remaining-*`, `x-ratelimit-reset-*`).
 */
function readRetryAfterMs(headers: Record<string, string>, nowMs: number): number | undefined {
  const told = readRetryAfterHeaders(headers, nowMs);
  if (told !== undefined) return told;
  const resets = ["requests", "tokens"].flatMap((limit) => {
    if (headers[`x-ratelimit-remaining-${limit}`] !== "0") return [];
    const resetMs = parseDuration(headers[`x-ratelimit-reset-${limit}`]);
    return resetMs === undefined ? [] : [resetMs];
  });
  return resets.length === 0 ? undefined : Math.max(...resets);
}

export function toOpenaiProviderError(
  status: number,
  headers: Record<string, string>,
  body: unknown,
): SluiceError {
  const error = readError(body);
  return toSluiceError({
    status,
    message: error.message ?? fallbackMessage(status),
    retryAfterMs: readRetryAfterMs(headers, Date.now()),
    accountExhausted: error.code === "insufficient_quota" || error.type === "insufficient_quota",
    kind: typeof error.code === "string" ? error.code : undefined,
  });
}

/** Statuses of the kinds of error that come inside a stream, which has no status of its own. */
const statusByType: Record<string, number> = {
  invalid_request_error: 400,
  authentication_error: 401,
  permission_error: 403,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
};

/** An error in a stream: `{"error": {...}}` in place of a chunk. */
export function readOpenaiStreamError(body: unknown): SluiceError {
  const error = readError(body);
  const status =
    typeof error.code === "number" && error.code >= 400 && error.code < 600
      ? error.code
      : (statusByType[error.type ?? ""] ?? statusByType[String(error.code)] ?? 500);
  return toOpenaiProviderError(status, {}, body);
}
