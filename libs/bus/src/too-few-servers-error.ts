/** The bus has fewer servers than copies were asked for, or no room on so many. The message is one line. */
export class TooFewServersError extends Error {
  override readonly name = "TooFewServersError";
}
