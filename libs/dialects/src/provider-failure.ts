import type { ErrorCode } from "@sluice/contracts/error-code";
import { SluiceError } from "@sluice/contracts/sluice-error";

/** What a provider said with an error status. */
export interface ProviderFailure {
  status: number;
  message: string;
  retryAfterMs?: number | undefined;
  /** The account that the gateway uses has no money or no quota left: waiting does not help. */
  accountExhausted?: boolean;
  /** The provider's own word for what kind of error it is. */
  kind?: string | undefined;
}

/** What providers say, as a kind or in words, of a request that is longer than the model takes. */
const contextExceeded =
  /^context_length_exceeded$|maximum context length|prompt is too long|exceeds? (the )?(model's )?context (limit|window|length)|input token count .*exceeds the maximum/i;

/** And of one that their rules about content are against. */
const contentRefused =
  /^(content_policy_violation|content_filter)$|content (management|filtering) policy|rejected as a result of our safety system/i;

const longestMessage = 500;

/**
 * The one mapping from a provider's HTTP status to our codes. A message about credentials is not passed on, since
 * providers quote the key in it.
 */
export function toSluiceError(failure: ProviderFailure): SluiceError {
  const { status, retryAfterMs } = failure;
  const message = failure.message.slice(0, longestMessage);
  if (status === 401 || status === 402 || status === 403 || failure.accountExhausted === true) {
    return new SluiceError(
      "provider_credential",
      failure.accountExhausted === true || status === 402
        ? "The provider refuses the gateway's account: its quota or its credit is used up."
        : `The provider refused the gateway's key (status ${status}).`,
    );
  }
  if (status === 429) return new SluiceError("provider_rate_limited", message, { retryAfterMs });
  if (status === 408 || status === 504) return new SluiceError("provider_timeout", message, { retryAfterMs });
  if (status >= 500 || status === 409) return new SluiceError("provider_error", message, { retryAfterMs });
  if (status >= 400) return new SluiceError(rejectionOf(failure), message, { status });
  return new SluiceError("provider_invalid_reply", `The provider answered with the status ${status}.`);
}

/** What is wrong with a request that the provider refuses: where another model might take it, it is said which it is. */
function rejectionOf({ kind = "", message }: ProviderFailure): ErrorCode {
  if (contextExceeded.test(kind) || contextExceeded.test(message)) return "provider_context_exceeded";
  if (contentRefused.test(kind) || contentRefused.test(message)) return "provider_content_refused";
  return "provider_rejected";
}

/** A message for bodies that hold none. */
export function fallbackMessage(status: number): string {
  return `The provider answered with the status ${status}.`;
}
