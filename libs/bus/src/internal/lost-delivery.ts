import type { ErrorCode } from "@sluice/contracts/error-code";
import { SluiceError } from "@sluice/contracts/sluice-error";
import type { Frame } from "./frame.ts";

/** Errors of a delivery that no router had leave for; another one may fare better. */
export const hopefulCodes: ReadonlySet<ErrorCode> = new Set(["service_unavailable", "holder_lost"]);
/** The error by which a router, or who stands before it, says that the request is lost with it. */
export const lossCodes: ReadonlySet<ErrorCode> = new Set(["holder_lost"]);

/** The error that a frame is, if its code is one of these. */
export function errorIn(frame: Frame, codes: ReadonlySet<ErrorCode>): SluiceError | undefined {
  return frame.type === "error" && codes.has(frame.content.code)
    ? SluiceError.fromReport(frame.content)
    : undefined;
}

/** Once a router holds the request, a lost bus means that its answer is lost, paid or not. */
export function lostWith(cause: SluiceError): SluiceError {
  return new SluiceError("holder_lost", "The gateway lost the reply; the provider may have been called.", {
    cause,
  });
}
