import { SluiceError } from "@sluice/contracts/sluice-error";
import type { PromptTemplate, PromptVersion } from "@sluice/resources/prompt-template";
import { compileTextTemplate, type TextTemplate } from "@sluice/templates/compile-text-template";
import { TemplateRenderError } from "@sluice/templates/template-render-error";

/** A message of a template, filled in. */
export interface RenderedMessage {
  role: "system" | "user" | "assistant";
  text: string;
}

/** The version of a template that a request gets, with its names for messages. */
export interface NamedPrompt {
  templateName: string;
  versionName: string;
  template: PromptTemplate;
  version: PromptVersion;
}

/** Longest piece of a client's name for a variable that a message repeats. */
const quotedCharacters = 100;

/** Compiled once for each revision of the configuration. */
const compiled = new WeakMap<PromptVersion, TextTemplate[]>();

/**
 * Fills in the messages of a template. Each value becomes a part of one text, whatever it holds.
 * @param values of the variables, JSON values; null is as none
 * @throws SluiceError `invalid_request` that names the variable which is missing or not known
 */
export function renderPrompt(
  prompt: NamedPrompt,
  values: Readonly<Record<string, unknown>>,
): RenderedMessage[] {
  const filled = filledIn(prompt, values);
  return prompt.version.messages.map(({ role }, index) => ({ role, text: render(prompt, index, filled) }));
}

function filledIn(
  { templateName, template: { variables } }: NamedPrompt,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const known = Object.keys(variables);
  const unknown = Object.keys(values).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const name = unknown.slice(0, quotedCharacters);
    const list = known.length === 0 ? "" : `, only: ${known.join(", ")}`;
    const text = `The prompt template ${templateName} has no variable ${JSON.stringify(name)}${list}.`;
    throw new SluiceError("invalid_request", text, { parameter: `prompt.variables.${name}` });
  }
  const filled: Record<string, unknown> = {};
  for (const [name, { required, default: byDefault }] of Object.entries(variables)) {
    const value = (Object.hasOwn(values, name) ? values[name] : undefined) ?? byDefault;
    if (value !== undefined && value !== null) filled[name] = value;
    else if (required) {
      const text = `The prompt template ${templateName} needs the variable ${name}.`;
      throw new SluiceError("invalid_request", text, { parameter: `prompt.variables.${name}` });
    }
  }
  return filled;
}

function render(prompt: NamedPrompt, index: number, values: Record<string, unknown>): string {
  try {
    return templatesOf(prompt.version)[index]?.render(values) ?? "";
  } catch (error) {
    if (!(error instanceof TemplateRenderError)) throw error;
    const where = `Version ${prompt.versionName} of the prompt template ${prompt.templateName}, message ${index + 1}`;
    const parameter = "prompt.variables";
    throw new SluiceError("invalid_request", `${where}: ${error.message}.`, { parameter, cause: error });
  }
}

function templatesOf(version: PromptVersion): TextTemplate[] {
  let templates = compiled.get(version);
  if (templates === undefined) {
    templates = version.messages.map(({ content }) => compileTextTemplate(content));
    compiled.set(version, templates);
  }
  return templates;
}
