import { closestName } from "../closest-name.ts";
import { CelError } from "./cel-error.ts";
import { type CelLanguage, namesOf } from "./cel-language.ts";

/** Why the library refuses an expression: its words in one line, the place, and the name that was meant. */
export function celRefusal(error: unknown, language: CelLanguage): CelError {
  const {
    summary = "it can't be read",
    code,
    range,
  } = error as { summary?: string; code?: string; range?: { start: number } };
  const place = range === undefined ? "" : ` at character ${range.start + 1}`;
  const words = summary.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
  const name = /(?:unknown variable|no such key): (\S+)$/.exec(words)?.[1];
  if (name === undefined) return new CelError(words + place);
  const known = namesOf(language, code === "unknown_variable" ? "variables" : "fields");
  const closest = closestName(name, known);
  const hint = closest === undefined ? "" : `; did you mean ${JSON.stringify(closest)}?`;
  return new CelError(words + place + hint);
}
