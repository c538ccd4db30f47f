import { SluiceError } from "@sluice/contracts/sluice-error";

/**
 * What `error.type` says of something that was thrown: a code of the contracts where there is one, else the class
 * of the error. Few values, and never a message.
 */
export function errorType(thrown: unknown): string {
  if (thrown instanceof SluiceError) return thrown.code;
  if (thrown instanceof Error) return thrown.name;
  return "_OTHER";
}
