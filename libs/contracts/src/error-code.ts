import { z } from "zod";

/** How a code is answered: HTTP status, and whether the same request may be sent again with hope. */
interface ErrorCodeFacts {
  status: number;
  retryable: boolean;
}

/**
 * The closed set of errors. One table for the whole mesh: status and retryability here, the dialects'
 * error bodies in `libs/dialects`. docs/errors.md lists the same codes; a test keeps them equal.
 */
export const errorCodes = {
  // What the client sent.
  invalid_json: { status: 400, retryable: false },
  invalid_request: { status: 400, retryable: false },
  unsupported_feature: { status: 400, retryable: false },
  not_found: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  upload_timeout: { status: 408, retryable: true },
  body_too_large: { status: 413, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  headers_too_large: { status: 431, retryable: false },
  // Who the client is.
  missing_credential: { status: 401, retryable: false },
  invalid_credential: { status: 401, retryable: false },
  expired_credential: { status: 401, retryable: false },
  permission_denied: { status: 403, retryable: false },
  model_not_allowed: { status: 403, retryable: false },
  model_not_found: { status: 404, retryable: false },
  // What the guard decided. 4xx for replies too: a 5xx would make SDKs pay for the same reply again.
  prompt_blocked: { status: 400, retryable: false },
  reply_blocked: { status: 400, retryable: false },
  guard_unavailable: { status: 503, retryable: true },
  // Limits.
  rate_limited: { status: 429, retryable: true },
  budget_exceeded: { status: 429, retryable: false },
  overloaded: { status: 503, retryable: true },
  // The mesh.
  service_unavailable: { status: 503, retryable: true },
  bus_unavailable: { status: 503, retryable: true },
  ledger_unavailable: { status: 503, retryable: true },
  /** The instance that held the request is gone; the provider may have been paid. */
  holder_lost: { status: 502, retryable: false },
  /** Frames of the reply are missing. */
  reply_incomplete: { status: 502, retryable: false },
  deadline_exceeded: { status: 504, retryable: false },
  /** The client wants a reply from the cache (`only-if-cached`), which has none. */
  not_cached: { status: 504, retryable: false },
  /** The client went away; nobody reads this answer, it is for logs and metrics. */
  client_closed: { status: 499, retryable: false },
  internal: { status: 500, retryable: false },
  // The provider.
  provider_unreachable: { status: 502, retryable: true },
  provider_timeout: { status: 504, retryable: true },
  provider_rate_limited: { status: 429, retryable: true },
  provider_rejected: { status: 400, retryable: false },
  /** The request is longer than the provider's model takes. */
  provider_context_exceeded: { status: 400, retryable: false },
  /** The provider's rules about content are against it. */
  provider_content_refused: { status: 400, retryable: false },
  /** The provider refused the gateway's own key: not a 401, the client's key is fine. */
  provider_credential: { status: 502, retryable: false },
  provider_error: { status: 502, retryable: true },
  provider_invalid_reply: { status: 502, retryable: false },
  provider_stream_cut: { status: 502, retryable: false },
} as const satisfies Record<string, ErrorCodeFacts>;

export type ErrorCode = keyof typeof errorCodes;
export const errorCodeSchema = z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]);
