import type { IncomingMessage, ServerResponse } from "node:http";
import { SluiceError } from "@sluice/contracts/sluice-error";
import { type BreakOff, gatewayStops } from "../domain/break-off.ts";

export interface BodyLimits {
  maxBytes: number;
  /** For the whole body to arrive. */
  timeoutMs: number;
  breakOff: BreakOff;
}

/**
 * Reads the body of a request as the bytes it is. A client that waits for `100 Continue` gets it here, so that
 * one whose body is not wanted keeps it to itself.
 * @throws SluiceError `body_too_large`, as soon as the announced or the received length says so;
 *   `upload_timeout`; `client_closed` when the client leaves in the middle; `service_unavailable` when the
 *   gateway is stopped
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > limits.maxBytes) throw tooLarge(limits.maxBytes);
  if (request.headers.expect !== undefined) response.writeContinue();
  return await new Promise<Buffer>((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => {
      const text = `The request body did not arrive within ${limits.timeoutMs / 1000} s.`;
      finish(() => reject(new SluiceError("upload_timeout", text)));
    }, limits.timeoutMs);
    const onData = (piece: Buffer): void => {
      bytes += piece.length;
      if (bytes > limits.maxBytes) finish(() => reject(tooLarge(limits.maxBytes)));
      else pieces.push(piece);
    };
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      request.off("data", onData);
      unwatch();
      settle();
    };
    const unwatch = limits.breakOff.watch(() => finish(() => reject(gatewayStops())));
    const gone = (): void => finish(() => reject(new SluiceError("client_closed", "The client went away.")));
    request.on("data", onData);
    request.once("end", () => finish(() => resolve(joined(pieces))));
    request.once("error", gone);
    request.once("close", () => {
      if (!request.complete) gone();
    });
  });
}

function joined(pieces: Buffer[]): Buffer {
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces);
}

function tooLarge(maxBytes: number): SluiceError {
  return new SluiceError("body_too_large", `The request body is larger than ${maxBytes} bytes.`);
}
