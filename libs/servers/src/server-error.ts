export type ServerErrorReason =
  /** The program is not installed. */
  | "missing"
  /** The port that was asked for belongs to somebody else. */
  | "port-taken"
  /** It ended, or did not answer in time. The message holds its last lines. */
  | "failed";

/** Why a server could not be started. The message is one line and says how to mend it where that is known. */
export class ServerError extends Error {
  readonly reason: ServerErrorReason;

  constructor(reason: ServerErrorReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ServerError";
    this.reason = reason;
  }
}
