import { checkStraightJson } from "./internal/check-straight-json.ts";
import { JsonEmitter } from "./internal/json-emitter.ts";
import { parseTemplate } from "./internal/parse-template.ts";
import { renderTemplate } from "./internal/render-template.ts";
import { defaultTemplateLimits } from "./template-limits.ts";
import type { TemplateOptions } from "./template-options.ts";

/** A template whose result is JSON, with a structure that is the template's alone. */
export interface JsonTemplate {
  /**
   * Inside a string of the template a value becomes part of that string; elsewhere it becomes a whole JSON value.
   * Whatever characters it holds, it adds no field and no element, and changes no other.
   *
   * @param values JSON values by name, as `JSON.parse` gives them; they are read and never changed
   * @returns text that `JSON.parse` takes
   * @throws TemplateRenderError when a value is missing, a limit is reached or the result is not JSON
   */
  render(values: Readonly<Record<string, unknown>>): string;
}

/**
 * @throws TemplateError with the place, when the source is no template, or is one without tags that can't give JSON
 */
export function compileJsonTemplate(source: string, options: TemplateOptions = {}): JsonTemplate {
  const limits = { ...defaultTemplateLimits, ...options.limits };
  const template = parseTemplate(source, options.file);
  checkStraightJson(template);
  return {
    render: (values) => renderTemplate(template, values, new JsonEmitter(limits.maxOutputLength), limits),
  };
}
