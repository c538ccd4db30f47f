import type { ProviderError } from "../provider-error.ts";

/** Gemini's error body: Google's `Status`, with details where the provider gives some. */
export function geminiErrorBody(error: ProviderError): unknown {
  const details = detailsOf(error);
  return {
    error: {
      code: error.status,
      message: error.message,
      status: statuses[error.status] ?? (error.status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT"),
      ...(details.length > 0 ? { details } : {}),
    },
  };
}

const statuses: Record<number, string> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  501: "UNIMPLEMENTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

function detailsOf(error: ProviderError): unknown[] {
  const details: unknown[] = [];
  if (error.code !== undefined) {
    details.push({
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: error.code,
      domain: "googleapis.com",
      metadata: { service: "generativelanguage.googleapis.com" },
    });
  }
  if (error.violations.length > 0) {
    details.push({ "@type": "type.googleapis.com/google.rpc.BadRequest", fieldViolations: error.violations });
  }
  if (error.retryAfterSeconds !== undefined) {
    details.push({
      "@type": "type.googleapis.com/google.rpc.RetryInfo",
      retryDelay: `${error.retryAfterSeconds}s`,
    });
  }
  return details;
}
