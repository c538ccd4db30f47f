/** A place in the source of a template; lines and columns are counted from 1. */
export interface TemplatePlace {
  readonly line: number;
  readonly column: number;
  readonly file?: string;
}

/** Says, for the person who wrote the template, why it does not compile, and where. */
export class TemplateError extends Error implements TemplatePlace {
  override readonly name = "TemplateError";
  readonly line: number;
  readonly column: number;
  declare readonly file?: string;
  /** The sentence without its place, for whoever shows the place in another way. */
  readonly problem: string;

  constructor(problem: string, place: TemplatePlace) {
    super(`${placeText(place)}: ${problem}`);
    this.problem = problem;
    this.line = place.line;
    this.column = place.column;
    if (place.file !== undefined) this.file = place.file;
  }
}

/** How a message names a place: `prompt.txt, line 3, column 7`. */
export function placeText({ file, line, column }: TemplatePlace): string {
  return `${file === undefined ? "" : `${file}, `}line ${line}, column ${column}`;
}
