/** Says why an expression is refused, or can't be judged. It holds text of the expression, never one of a value. */
export class CelError extends Error {
  override readonly name = "CelError";
  /** In a word, such as `no_such_key`: what a log may say of it. */
  readonly code: string;

  /** @param code `refused` by default: the expression itself can't be used */
  constructor(message: string, code = "refused") {
    super(message);
    this.code = code;
  }
}
