import type { SluiceError } from "@sluice/contracts/sluice-error";
import { z } from "zod";
import type { ErrorReport } from "../dialect.ts";
import { presentFields } from "../present-fields.ts";
import { fallbackMessage, toSluiceError } from "../provider-failure.ts";
import { parseDuration, readRetryAfterHeaders } from "../retry-after.ts";

const errorSchema = z.object({
  code: z.number().nullish().catch(undefined),
  message: z.string().nullish().catch(undefined),
  status: z.string().nullish().catch(undefined),
  details: z
    .array(z.looseObject({ retryDelay: z.string().nullish().catch(undefined) }))
    .nullish()
    .catch(undefined),
});
/** Outside of Server-Sent Events a stream's error comes within an array. */
const bodySchema = z.union([
  z.object({ error: errorSchema }),
  z
    .array(z.object({ error: errorSchema }))
    .min(1)
    .transform(([first]) => first ?? { error: {} }),
]);

function readError(body: unknown): z.infer<typeof errorSchema> {
  const result = bodySchema.safeParse(body);
  return result.success ? result.data.error : {};
}

export function readGeminiErrorBody(status: number, body: unknown): ErrorReport {
  const error = readError(body);
  return { message: error.message ?? fallbackMessage(status), ...presentFields({ type: error.status }) };
}

/** The wait is the header's, else that of google.rpc.RetryInfo in the details. */
function readRetryAfterMs(
  headers: Record<string, string>,
  error: z.infer<typeof errorSchema>,
  nowMs: number,
): number | undefined {
  const delay = error.details?.find((detail) => detail.retryDelay != null)?.retryDelay ?? undefined;
  return readRetryAfterHeaders(headers, nowMs) ?? parseDuration(delay);
}

/** Google says of a wrong key that the argument is invalid, with status 400. */
function isAboutKey(error: z.infer<typeof errorSchema>): boolean {
  return (error.details ?? []).some((detail) => /^API_KEY_/.test(String(detail.reason)));
}

export function toGeminiProviderError(
  status: number,
  headers: Record<string, string>,
  body: unknown,
): SluiceError {
  const error = readError(body);
  return toSluiceError({
    status: isAboutKey(error) ? 401 : status,
    message: error.message ?? fallbackMessage(status),
    retryAfterMs: readRetryAfterMs(headers, error, Date.now()),
  });
}

/** An error in place of a piece of a stream; it carries its own status. */
export function readGeminiStreamError(body: unknown): SluiceError {
  const { code } = readError(body);
  return toGeminiProviderError(code != null && code >= 400 && code < 600 ? code : 500, {}, body);
}
