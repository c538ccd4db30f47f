import type { ErrorCode } from "@sluice/contracts/error-code";

/** `type` and `code` of an OpenAI error body. */
interface OpenaiErrorWords {
  type: string;
  code: string;
}
interface ClientErrorWords {
  openai: OpenaiErrorWords;
  /** `error.type`, one of the words of Anthropic's documentation. */
  anthropic: string;
  /** `error.status`, a name of google.rpc.Code. */
  gemini: string;
}

const openaiRequest = (code: string): OpenaiErrorWords => ({ type: "invalid_request_error", code });
const openaiServer = (code: string): OpenaiErrorWords => ({ type: "server_error", code });

/**
 * The words of each dialect for each error code. Where a provider has a word of its own that its SDK's
 * users test for (`invalid_api_key`, `insufficient_quota`), that word is used; elsewhere OpenAI's `code`
 * is Sluice's own.
 */
export const clientErrorWords: Record<ErrorCode, ClientErrorWords> = {
  invalid_json: {
    openai: openaiRequest("invalid_json"),
    anthropic: "invalid_request_error",
    gemini: "INVALID_ARGUMENT",
  },
  invalid_request: {
    openai: openaiRequest("invalid_request"),
    anthropic: "invalid_request_error",
    gemini: "INVALID_ARGUMENT",
  },
  unsupported_feature: {
    openai: openaiRequest("unsupported_feature"),
    anthropic: "invalid_request_error",
    gemini: "INVALID_ARGUMENT",
  },
  not_found: { openai: openaiRequest("not_found"), anthropic: "not_found_error", gemini: "NOT_FOUND" },
  method_not_allowed: {
    openai: openaiRequest("method_not_allowed"),
    anthropic: "invalid_request_error",
    gemini: "UNIMPLEMENTED",
  },
  upload_timeout: {
    openai: openaiRequest("upload_timeout"),
    anthropic: "invalid_request_error",
    gemini: "INVALID_ARGUMENT",
  },
  body_too_large: {
    openai: openaiRequest("body_too_large"),
    anthropic: "request_too_large",
    gemini: "INVALID_ARGUMENT",
  },
  unsupported_media_type: {
    openai: openaiRequest("unsupported_media_type"),
    anthropic: "invalid_request_error",
    gemini: "INVALID_ARGUMENT",
  },
  headers_too_large: {
    openai: openaiRequest("headers_too_large"),
    anthropic: "invalid_request_error",
    gemini: "INVALID_ARGUMENT",
  },
  missing_credential: {
    openai: openaiRequest("missing_api_key"),
    anthropic: "authentication_error",
    gemini: "UNAUTHENTICATED",
  },
  invalid_credential: {
    openai: openaiRequest("invalid_api_key"),
    anthropic: "authentication_error",
    gemini: "UNAUTHENTICATED",
  },
  expired_credential: {
    openai: openaiRequest("expired_api_key"),
    anthropic: "authentication_error",
    gemini: "UNAUTHENTICATED",
  },
  permission_denied: {
    openai: openaiRequest("permission_denied"),
    anthropic: "permission_error",
    gemini: "PERMISSION_DENIED",
  },
  model_not_allowed: {
    openai: openaiRequest("model_not_allowed"),
    anthropic: "permission_error",
    gemini: "PERMISSION_DENIED",
  },
  model_not_found: {
    openai: openaiRequest("model_not_found"),
    anthropic: "not_found_error",
    gemini: "NOT_FOUND",
  },
  prompt_blocked: {
    openai: openaiRequest("content_policy_violation"),
    anthropic: "invalid_request_error",
    gemini: "FAILED_PRECONDITION",
  },
  reply_blocked: {
    openai: openaiRequest("content_policy_violation"),
    anthropic: "invalid_request_error",
    gemini: "FAILED_PRECONDITION",
  },
  guard_unavailable: {
    openai: openaiServer("guard_unavailable"),
    anthropic: "overloaded_error",
    gemini: "UNAVAILABLE",
  },
  rate_limited: {
    openai: { type: "rate_limit_error", code: "rate_limit_exceeded" },
    anthropic: "rate_limit_error",
    gemini: "RESOURCE_EXHAUSTED",
  },
  budget_exceeded: {
    openai: { type: "insufficient_quota", code: "insufficient_quota" },
    anthropic: "rate_limit_error",
    gemini: "RESOURCE_EXHAUSTED",
  },
  overloaded: { openai: openaiServer("overloaded"), anthropic: "overloaded_error", gemini: "UNAVAILABLE" },
  service_unavailable: {
    openai: openaiServer("service_unavailable"),
    anthropic: "overloaded_error",
    gemini: "UNAVAILABLE",
  },
  bus_unavailable: {
    openai: openaiServer("bus_unavailable"),
    anthropic: "overloaded_error",
    gemini: "UNAVAILABLE",
  },
  ledger_unavailable: {
    openai: openaiServer("ledger_unavailable"),
    anthropic: "overloaded_error",
    gemini: "UNAVAILABLE",
  },
  holder_lost: { openai: openaiServer("holder_lost"), anthropic: "api_error", gemini: "INTERNAL" },
  reply_incomplete: { openai: openaiServer("reply_incomplete"), anthropic: "api_error", gemini: "INTERNAL" },
  deadline_exceeded: {
    openai: openaiServer("deadline_exceeded"),
    anthropic: "timeout_error",
    gemini: "DEADLINE_EXCEEDED",
  },
  not_cached: { openai: openaiRequest("not_cached"), anthropic: "not_found_error", gemini: "NOT_FOUND" },
  client_closed: {
    openai: openaiRequest("client_closed"),
    anthropic: "invalid_request_error",
    gemini: "CANCELLED",
  },
  internal: { openai: openaiServer("internal"), anthropic: "api_error", gemini: "INTERNAL" },
  provider_unreachable: {
    openai: openaiServer("provider_unreachable"),
    anthropic: "api_error",
    gemini: "UNAVAILABLE",
  },
  provider_timeout: {
    openai: openaiServer("provider_timeout"),
    anthropic: "timeout_error",
    gemini: "DEADLINE_EXCEEDED",
  },
  provider_rate_limited: {
    openai: { type: "rate_limit_error", code: "rate_limit_exceeded" },
    anthropic: "rate_limit_error",
    gemini: "RESOURCE_EXHAUSTED",
  },
  provider_rejected: {
    openai: openaiRequest("provider_rejected"),
    anthropic: "invalid_request_error",
    gemini: "INVALID_ARGUMENT",
  },
  provider_context_exceeded: {
    openai: openaiRequest("context_length_exceeded"),
    anthropic: "invalid_request_error",
    gemini: "INVALID_ARGUMENT",
  },
  provider_content_refused: {
    openai: openaiRequest("content_policy_violation"),
    anthropic: "invalid_request_error",
    gemini: "FAILED_PRECONDITION",
  },
  provider_credential: {
    openai: openaiServer("provider_credential"),
    anthropic: "api_error",
    gemini: "INTERNAL",
  },
  provider_error: { openai: openaiServer("provider_error"), anthropic: "api_error", gemini: "INTERNAL" },
  provider_invalid_reply: {
    openai: openaiServer("provider_invalid_reply"),
    anthropic: "api_error",
    gemini: "INTERNAL",
  },
  provider_stream_cut: {
    openai: openaiServer("provider_stream_cut"),
    anthropic: "api_error",
    gemini: "INTERNAL",
  },
};
