import type { SluiceError } from "@sluice/contracts/sluice-error";
import { clientErrorWords } from "../client-error-words.ts";
import type { StreamErrorPlace } from "../dialect.ts";

/** A detail of google.rpc.Status, told apart by its type. */
type ErrorDetail = Record<string, unknown> & { "@type": string };

const detail = (type: string, fields: Record<string, unknown>): ErrorDetail => ({
  "@type": `type.googleapis.com/google.rpc.${type}`,
  ...fields,
});

/**
 * Gemini's error body: google.rpc.Status in JSON, with the standard details of google.rpc (ErrorInfo,
 * RequestInfo; BadRequest where a parameter is at fault; RetryInfo where the client may come back).
 */
export function writeGeminiError(
  error: SluiceError,
  requestId: string,
): { error: { code: number; message: string; status: string; details: ErrorDetail[] } } {
  const details = [
    detail("ErrorInfo", { reason: error.code.toUpperCase(), domain: "sluice" }),
    detail("RequestInfo", { requestId }),
  ];
  if (error.parameter !== undefined) {
    details.push(
      detail("BadRequest", { fieldViolations: [{ field: error.parameter, description: error.message }] }),
    );
  }
  if (error.retryAfterMs !== undefined) {
    details.push(detail("RetryInfo", { retryDelay: `${error.retryAfterMs / 1000}s` }));
  }
  return {
    error: {
      code: error.status,
      message: error.message,
      status: clientErrorWords[error.code].gemini,
      details,
    },
  };
}

/**
 * Google's SDKs raise an `ApiError` for a chunk that has an `error` with a `code` from 400 to 599. In a
 * JSON array the error is the last element.
 */
export function writeGeminiStreamError(
  error: SluiceError,
  requestId: string,
  place: StreamErrorPlace = {},
): string {
  const json = JSON.stringify(writeGeminiError(error, requestId));
  if (place.framing !== "json-array") return `data: ${json}\r\n\r\n`;
  return (place.started ?? true) ? `,\r\n${json}\n]` : `[${json}\n]`;
}
