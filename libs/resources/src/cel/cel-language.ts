/** A function that expressions call on a text. Its one argument is written out in the expression, so it is known early. */
export interface CelTextFunction {
  /** Such as `inNetwork`. */
  readonly name: string;
  /** What its argument is, for a message, such as `network`. */
  readonly argument: string;
  /**
   * Makes it ready for an argument, once in an expression.
   * @returns whether it is true of a text; in time in proportion to the text, without throwing
   * @throws CelError where the argument can't be used
   */
  prepare(argument: string): (text: string) => boolean;
}

/** What expressions can speak of. */
export interface CelLanguage {
  /** By name, what the variable is: a type of CEL, such as `map<string, dyn>`, or its fields with their types. */
  readonly variables: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  /** Besides those of CEL. */
  readonly functions?: readonly CelTextFunction[];
  /** Longest expression, in characters. @default 4000 */
  readonly maxLength?: number;
}

/** Names that one could have meant: of variables, or of fields of variables. */
export function namesOf({ variables }: CelLanguage, what: "variables" | "fields"): string[] {
  if (what === "variables") return Object.keys(variables);
  const fields = Object.values(variables).flatMap((type) =>
    typeof type === "string" ? [] : Object.keys(type),
  );
  return [...new Set(fields)];
}
