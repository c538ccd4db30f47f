import type { IncomingMessage, ServerResponse } from "node:http";
import type { SluiceError } from "@sluice/contracts/sluice-error";

/** How long the rest of a body that nobody wants is taken in and dropped. */
const lingerMs = 1000;

export interface ErrorAnswer {
  error: SluiceError;
  /** JSON in the dialect of the client. */
  body: string;
  headers: Record<string, string>;
}

/**
 * Answers a request with an error and nothing else, unless its client is gone. Where the body of the request
 * was not read to its end, the connection is closed after the answer, and only when the client has had time to
 * read it: closing on unread bytes resets the connection, and the answer is lost with it.
 * @returns bytes of the body
 */
export function answerWithError(
  request: IncomingMessage,
  response: ServerResponse,
  { error, body, headers }: ErrorAnswer,
): number {
  const bytes = Buffer.byteLength(body);
  if (response.headersSent || response.destroyed) return bytes;
  response.writeHead(error.status, {
    ...error.headers,
    ...headers,
    ...retryAdvice(error),
    ...(error.challenge === undefined ? {} : { "www-authenticate": error.challenge }),
    ...(request.complete ? {} : { connection: "close" }),
    "content-type": "application/json; charset=utf-8",
    "content-length": String(bytes),
  });
  if (request.complete) {
    response.end(body);
    return bytes;
  }
  response.write(body);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, lingerMs);
  request.once("end", end);
  request.once("close", end);
  request.resume();
  return bytes;
}

/** Statuses after which SDKs repeat a request by themselves, as they do after every 5xx. */
const repeatedBySdks = new Set([408, 409, 429]);

/**
 * `Retry-After` in whole seconds, rounded up, as HTTP has it; and for what SDKs would repeat although it was
 * paid for, or will fail again, `x-should-retry`, which those of OpenAI and Anthropic obey.
 */
function retryAdvice(error: SluiceError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.retryAfterMs !== undefined) {
    headers["retry-after"] = String(Math.max(1, Math.ceil(error.retryAfterMs / 1000)));
  }
  if (!error.retryable && (error.status >= 500 || repeatedBySdks.has(error.status))) {
    headers["x-should-retry"] = "false";
  }
  return headers;
}
