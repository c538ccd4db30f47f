import type { Token } from "liquidjs";
import type { TemplatePlace } from "../template-error.ts";

export function placeOfToken(token: Token, file: string | undefined): TemplatePlace {
  return placeOfOffset(token.input, token.begin, file);
}

/** @param offset in UTF-16 units */
export function placeOfOffset(source: string, offset: number, file: string | undefined): TemplatePlace {
  const before = source.slice(0, offset);
  const place = { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
  return file === undefined ? place : { ...place, file };
}
