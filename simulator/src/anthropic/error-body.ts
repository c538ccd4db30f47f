import type { ProviderError } from "../provider-error.ts";

/** Anthropic's error body. Events within a stream carry no request id. */
export function anthropicErrorBody(error: ProviderError, requestId: string | undefined): unknown {
  return {
    type: "error",
    error: {
      type: types[error.status] ?? (error.status >= 500 ? "api_error" : "invalid_request_error"),
      message: error.message,
    },
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
}

const types: Record<number, string> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};
