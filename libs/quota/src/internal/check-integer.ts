import { SluiceError } from "@sluice/contracts/sluice-error";

/** @throws {SluiceError} `internal`, unless it is an integer from `least` to 2^53 - 1 */
export function checkInteger(value: number, least: number, what: string): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new SluiceError("internal", `${what} must be an integer from ${least} to 2^53 - 1, not ${value}.`);
}
