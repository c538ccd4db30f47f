import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { getDialect } from "@sluice/dialects/dialects";

/** How long a client may take to read the answer before its connection is closed. */
const lingerMs = 1000;

/**
 * Answers what is not even an HTTP request, and closes its connection. There is no path yet, so OpenAI's wording
 * is as good as any.
 * @param error of Node's HTTP parser
 */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket, maxHeaderBytes: number): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const fault = faultOf(error.code, maxHeaderBytes);
  const body = JSON.stringify(getDialect("openai").writeError(fault, ""));
  socket.end(
    `HTTP/1.1 ${fault.status} ${STATUS_CODES[fault.status]}\r\nconnection: close\r\n` +
      `content-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  // Closing on unread bytes resets the connection, and the answer is lost with it.
  socket.resume();
  setTimeout(() => socket.destroy(), lingerMs).unref();
}

function faultOf(code: string | undefined, maxHeaderBytes: number): SluiceError {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new SluiceError(
        "headers_too_large",
        `The request's headers are larger than ${maxHeaderBytes} bytes.`,
      );
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new SluiceError("upload_timeout", "The request's headers did not arrive in time.");
    default:
      return new SluiceError("invalid_request", "This is not a valid HTTP request.");
  }
}
