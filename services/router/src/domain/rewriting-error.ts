/** The new message does not come about: a variable is not there, or what came of it is no header. */
export class RewritingError extends Error {
  override readonly name = "RewritingError";
}
