import type { ProviderError } from "../provider-error.ts";

/** OpenAI's error body. */
export function openAiErrorBody(error: ProviderError): unknown {
  return {
    error: {
      message: error.message,
      type: typeOf(error),
      param: error.parameter ?? null,
      code: error.code ?? (error.status === 429 ? "rate_limit_exceeded" : null),
    },
  };
}

function typeOf({ status }: ProviderError): string {
  if (status === 429) return "requests";
  if (status === 503) return "service_unavailable_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}
