import { analyzeSync, Variable } from "liquidjs";
import { parseTemplate } from "./internal/parse-template.ts";

/** A value that a template reads: names from the variable inwards; undefined for one that a value chooses. */
export type TemplateRead = readonly (string | undefined)[];

/**
 * What a template reads of the values that it is rendered with; what it assigns itself, and what its loops go through,
 * is not among it.
 * @throws TemplateError with the place, when the source is no template
 */
export function templateReads(source: string): TemplateRead[] {
  const { globals } = analyzeSync(parseTemplate(source, undefined).nodes, { partials: false });
  return Object.values(globals).flatMap((variables) => variables.map(readOf));
}

function readOf({ segments }: Variable): TemplateRead {
  return segments.map((segment) => (segment instanceof Variable ? undefined : String(segment)));
}
