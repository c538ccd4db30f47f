import { SluiceError } from "@sluice/contracts/sluice-error";

/** What a request is told whose bus is gone. */
export function busLost(): SluiceError {
  return new SluiceError("bus_unavailable", "The gateway's bus is not reachable.", { retryAfterMs: 1000 });
}
