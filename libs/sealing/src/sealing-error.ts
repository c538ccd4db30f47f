/** A value can't be sealed or opened. The message is one line, and says nothing of the value or of a key. */
export class SealingError extends Error {
  override readonly name = "SealingError";
}
