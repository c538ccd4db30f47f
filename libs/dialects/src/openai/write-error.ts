import type { SluiceError } from "@sluice/contracts/sluice-error";
import { clientErrorWords } from "../client-error-words.ts";

/**
 * OpenAI's error body. The request id has no place in it; OpenAI's SDKs take it from the `x-request-id`
 * header.
 */
export function writeOpenaiError(error: SluiceError): {
  error: { message: string; type: string; param: string | null; code: string };
} {
  const words = clientErrorWords[error.code].openai;
  return {
    error: { message: error.message, type: words.type, param: error.parameter ?? null, code: words.code },
  };
}

/** OpenAI's SDKs raise an `APIError` for a chunk that has an `error`. No `[DONE]` follows it. */
export function writeOpenaiStreamError(error: SluiceError): string {
  return `data: ${JSON.stringify(writeOpenaiError(error))}\n\n`;
}
