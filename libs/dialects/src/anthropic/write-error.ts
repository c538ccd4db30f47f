import type { SluiceError } from "@sluice/contracts/sluice-error";
import { clientErrorWords } from "../client-error-words.ts";

/** Anthropic's error body. A parameter is named in the message, which is where Anthropic names it too. */
export function writeAnthropicError(
  error: SluiceError,
  requestId: string,
): { type: "error"; error: { type: string; message: string }; request_id: string } {
  const message =
    error.parameter === undefined || error.message.includes(error.parameter)
      ? error.message
      : `${error.parameter}: ${error.message}`;
  return {
    type: "error",
    error: { type: clientErrorWords[error.code].anthropic, message },
    request_id: requestId,
  };
}

/** Anthropic's SDKs raise an `APIError` for the event `error`. */
export function writeAnthropicStreamError(error: SluiceError, requestId: string): string {
  return `event: error\ndata: ${JSON.stringify(writeAnthropicError(error, requestId))}\n\n`;
}
