/** Says, for the person who wrote the pattern, why it is refused. */
export class LinearPatternError extends Error {
  override readonly name = "LinearPatternError";
}
