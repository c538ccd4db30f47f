import { parseTemplate } from "./internal/parse-template.ts";
import { renderTemplate } from "./internal/render-template.ts";
import { TextEmitter } from "./internal/text-emitter.ts";
import { defaultTemplateLimits } from "./template-limits.ts";
import type { TemplateOptions } from "./template-options.ts";

/** A template whose result is plain text, such as a prompt or a header. */
export interface TextTemplate {
  /**
   * @param values JSON values by name, as `JSON.parse` gives them; they are read and never changed
   * @returns the text; in it a string stands as it is, `null` as nothing, a list or an object as its JSON text
   * @throws TemplateRenderError when a value is missing or a limit is reached
   */
  render(values: Readonly<Record<string, unknown>>): string;
}

/** @throws TemplateError with the place, when the source is no template */
export function compileTextTemplate(source: string, options: TemplateOptions = {}): TextTemplate {
  const limits = { ...defaultTemplateLimits, ...options.limits };
  const template = parseTemplate(source, options.file);
  return {
    render: (values) => renderTemplate(template, values, new TextEmitter(limits.maxOutputLength), limits),
  };
}
