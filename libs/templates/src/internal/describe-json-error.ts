import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";

/** Why a text is not JSON, and at which UTF-16 unit of it. */
export interface JsonProblem {
  readonly message: string;
  readonly offset: number;
  /** The end of the text before that place, to show it where no line can be given. */
  readonly excerpt: string;
}

const excerptLength = 30;

const messages: Readonly<Record<string, string>> = {
  PropertyNameExpected: "the name of a field is missing",
  ValueExpected: "a value is missing",
  ColonExpected: "a colon is missing",
  CommaExpected: "a comma is missing",
  CloseBraceExpected: "a closing brace is missing",
  CloseBracketExpected: "a closing bracket is missing",
  EndOfFileExpected: "there is something after its end",
  UnexpectedEndOfString: "a string is not closed",
  InvalidNumberFormat: "a number is not written as JSON has it",
  InvalidUnicode: "four hexadecimal digits must follow \\u",
  InvalidEscapeCharacter: "something follows a backslash that JSON does not escape",
  InvalidCharacter: "a character must be escaped",
};

/** @param text what `JSON.parse` refused */
export function describeJsonError(text: string): JsonProblem {
  const first = firstError(text);
  const offset = first?.offset ?? text.length;
  const message = first === undefined ? "it is nested too deeply" : messageOf(first);
  const before = text
    .slice(Math.max(0, offset - excerptLength), offset)
    .replace(/\s+/g, " ")
    .trim();
  return { message, offset, excerpt: before === "" ? "at its beginning" : `after ${before}` };
}

function messageOf({ error }: ParseError): string {
  return messages[printParseErrorCode(error)] ?? "something stands there that JSON does not have";
}

/** `undefined` for what it can't follow to its end. */
function firstError(text: string): ParseError | undefined {
  const errors: ParseError[] = [];
  try {
    parse(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  } catch (thrown) {
    // It calls itself for each level, and JSON.parse does not.
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  return errors[0];
}
