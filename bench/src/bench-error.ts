/** The bench can't do its work, or its figures would be worth nothing. One line that says what is wrong and where. */
export class BenchError extends Error {
  override readonly name = "BenchError";
}
