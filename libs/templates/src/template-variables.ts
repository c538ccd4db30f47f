import { parseTemplate } from "./internal/parse-template.ts";
import { templateEngine } from "./internal/template-engine.ts";

/**
 * Names of the values that a template reads, each once and without fields: of `{{ user.name }}` it is `user`. What the
 * template names itself (`assign`, `capture`, `for`) is not among them.
 * @throws TemplateError with the place, when the source is no template
 */
export function templateVariables(source: string): string[] {
  return templateEngine.globalVariablesSync(parseTemplate(source, undefined).nodes);
}
