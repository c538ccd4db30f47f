import { TypeError as CelTypeError, EvaluationError } from "@marcbachmann/cel-js";
import { CelError } from "./cel-error.ts";

/** What is said of a value that doesn't fit; the library's own messages name values. */
const failures: Readonly<Record<string, string>> = {
  no_such_key: "a value that it reads is not there",
  index_out_of_bounds: "a list is shorter than it takes it for",
  division_by_zero: "it divides by zero",
  modulo_by_zero: "it divides by zero",
};

/** Why an expression can't be judged, without a word of the values; what the library did not expect as it is. */
export function celFailure(thrown: unknown): unknown {
  if (!(thrown instanceof EvaluationError || thrown instanceof CelTypeError)) return thrown;
  return new CelError(failures[thrown.code] ?? "the values do not fit it", thrown.code);
}
