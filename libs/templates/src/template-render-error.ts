import { placeText, type TemplatePlace } from "./template-error.ts";

/**
 * - `missing_value`: the template asks for a value that was not given
 * - `limit`: the render took more than its limits allow
 * - `not_json`: a JSON template gave something that is not JSON
 * - `failed`: a filter or an operator can't work on what it was given
 */
export type TemplateRenderFailure = "missing_value" | "limit" | "not_json" | "failed";

/** Says why a template could not be rendered. It holds text of the template, and never one of a value. */
export class TemplateRenderError extends Error {
  override readonly name = "TemplateRenderError";
  readonly failure: TemplateRenderFailure;
  /** The sentence without its place. */
  readonly problem: string;
  /** Where in the template; `undefined` when the whole result is meant. */
  readonly place: TemplatePlace | undefined;
  /** With `missing_value`: the variable or output as the template writes it. */
  readonly variable: string | undefined;

  constructor(
    failure: TemplateRenderFailure,
    problem: string,
    { place, variable }: { place?: TemplatePlace | undefined; variable?: string } = {},
  ) {
    super(place === undefined ? problem : `${placeText(place)}: ${problem}`);
    this.failure = failure;
    this.problem = problem;
    this.place = place;
    this.variable = variable;
  }
}
