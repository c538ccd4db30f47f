import { type Emitter, LiquidError, toValueSync, UndefinedVariableError } from "liquidjs";
import type { TemplateLimits } from "../template-limits.ts";
import { TemplateRenderError, type TemplateRenderFailure } from "../template-render-error.ts";
import type { ParsedTemplate } from "./parse-template.ts";
import { RenderContext } from "./render-context.ts";
import { RenderFailure } from "./render-failure.ts";
import { templateEngine } from "./template-engine.ts";
import { placeOfToken } from "./token-place.ts";

/** An emitter that says at the end what came of it. */
export interface ResultEmitter extends Emitter {
  result(): string;
}

/** @throws TemplateRenderError */
export function renderTemplate(
  { nodes, file }: ParsedTemplate,
  values: Readonly<Record<string, unknown>>,
  emitter: ResultEmitter,
  limits: TemplateLimits,
): string {
  try {
    const context = new RenderContext(values, templateEngine, limits);
    toValueSync(templateEngine.renderer.renderTemplates(nodes, context, emitter));
    return emitter.result();
  } catch (thrown) {
    throw renderErrorOf(thrown, file, limits);
  }
}

/** No message of liquidjs or of the engine is passed on, as it could quote a value. */
function renderErrorOf(
  thrown: unknown,
  file: string | undefined,
  limits: TemplateLimits,
): TemplateRenderError {
  if (!LiquidError.is(thrown)) return new TemplateRenderError(...explain(thrown, "", limits));
  const place = placeOfToken(thrown.token, file);
  const source = thrown.token.getText();
  if (thrown instanceof UndefinedVariableError) {
    const problem = `there is no value for ${source}`;
    return new TemplateRenderError("missing_value", problem, { place, variable: source });
  }
  const [failure, problem] = explain(thrown.originalError, source, limits);
  const isMissing = failure === "missing_value";
  return new TemplateRenderError(failure, problem, { place, ...(isMissing ? { variable: source } : {}) });
}

function explain(
  reason: unknown,
  source: string,
  limits: TemplateLimits,
): [TemplateRenderFailure, problem: string] {
  if (reason instanceof RenderFailure) {
    return [reason.failure, reason.isAboutOutput ? `${source} ${reason.message}` : reason.message];
  }
  const message = reason instanceof Error ? reason.message : "";
  if (message === "template render limit exceeded") {
    return ["limit", `the template takes more than ${limits.maxRenderMs} ms`];
  }
  if (message === "memory alloc limit exceeded") {
    return ["limit", `filters and captures work on more than ${limits.maxFilterLength} characters`];
  }
  if (reason instanceof RangeError) return ["limit", "a value is nested too deeply or too large"];
  return ["failed", `the values do not fit ${source}`];
}
