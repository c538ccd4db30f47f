import type { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import type { ErrorReport } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { fallbackMessage, toSluiceError } from "../provider-failure.ts";
import { readRetryAfterHeaders } from "../retry-after.ts";

const bodySchema = z.object({
  error: z.object({
    message: z.string().nullish().catch(undefined),
    type: z.string().nullish().catch(undefined),
  }),
});

function readError(body: unknown): { message?: string; type?: string } {
  const result = bodySchema.safeParse(body);
  return result.success ? presentFields(result.data.error) : {};
}

export function readAnthropicErrorBody(status: number, body: unknown): ErrorReport {
  const { message, type } = readError(body);
  return { message: message ?? fallbackMessage(status), ...presentFields({ type }) };
}

const limits = ["requests", "tokens", "input-tokens", "output-tokens"];

/** The wait is `retry-after`, else the reset (RFC 3339) of whichever limit has nothing left. */
function readRetryAfterMs(headers: Record<string, string>, nowMs: number): number | undefined {
  const told = readRetryAfterHeaders(headers, nowMs);
  if (told !== undefined) return told;
  const resets = limits.flatMap((limit) => {
    if (headers[`anthropic-ratelimit-${limit}-remaining`] !== "0") return [];
    const atMs = Date.parse(headers[`anthropic-ratelimit-${limit}-reset`] ?? "");
    return Number.isNaN(atMs) ? [] : [Math.max(0, atMs - nowMs)];
  });
  return resets.length === 0 ? undefined : Math.max(...resets);
}

export function toAnthropicProviderError(
  status: number,
  headers: Record<string, string>,
  body: unknown,
): SluiceError {
  const { message, type } = readError(body);
  return toSluiceError({
    status,
    message: message ?? fallbackMessage(status),
    retryAfterMs: readRetryAfterMs(headers, Date.now()),
    accountExhausted: type === "billing_error",
  });
}

/** Statuses of the kinds of error that come inside a stream, which has no status of its own. */
const statusByType: Record<string, number> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The event `error` of a stream. */
export function readAnthropicStreamError(body: unknown): SluiceError {
  return toAnthropicProviderError(statusByType[readError(body).type ?? ""] ?? 500, {}, body);
}
