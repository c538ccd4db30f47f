import { SluiceError } from "@sluice/contracts/sluice-error";
import type { RequestChanges, ResponseChanges } from "@sluice/resources/message-changes";
import { compileWholePattern, type WholePattern } from "@sluice/resources/whole-pattern";
import { compileJsonTemplate } from "@sluice/templates/compile-json-template";
import { compileTextTemplate } from "@sluice/templates/compile-text-template";
import { TemplateRenderError } from "@sluice/templates/template-render-error";
import { jsonObject } from "./body-text.ts";

/** A message before or after it is rewritten. */
export interface RewritableMessage {
  /** Lower-case names. */
  headers: Record<string, string>;
  query: URLSearchParams;
  body: string;
}

interface Template {
  render(values: Record<string, unknown>): string;
}

interface Rewriting {
  headers: readonly (readonly [name: string, template: Template])[];
  query: readonly (readonly [name: string, template: Template])[];
  removeHeaders: readonly string[];
  body: { template: Template; contentType: string } | undefined;
  extractors: readonly Extractor[];
}

interface Extractor {
  variable: string;
  header?: string | undefined;
  query?: string | undefined;
  pattern: WholePattern;
  group: number;
}

/** What a header may not hold: it would end it and begin another one. */
const controlCharacters = /\p{Cc}/u;

/** Compiled once for each revision of the configuration. */
const rewritings = new WeakMap<RequestChanges | ResponseChanges, Rewriting>();

/** The new message does not come about: a variable is not there, or what came of it is no header. */
export class RewritingError extends Error {
  override readonly name = "RewritingError";
}

/**
 * Rewrites a message by its templates. Their variables are the fields of a body that is a JSON object, and what the
 * extractors find.
 * @throws RewritingError
 */
export function rewriteMessage(
  changes: RequestChanges | ResponseChanges,
  message: RewritableMessage,
): RewritableMessage {
  const rewriting = rewritingOf(changes);
  const values = { ...jsonObject(message.body), ...extracted(rewriting, message) };
  try {
    return apply(rewriting, message, values);
  } catch (error) {
    if (error instanceof TemplateRenderError) throw new RewritingError(error.message, { cause: error });
    throw error;
  }
}

function apply(
  { headers: headerTemplates, query: queryTemplates, removeHeaders, body: bodyTemplate }: Rewriting,
  message: RewritableMessage,
  values: Record<string, unknown>,
): RewritableMessage {
  const headers = { ...message.headers };
  for (const name of removeHeaders) delete headers[name];
  // What the policy says of the type itself goes before this.
  if (bodyTemplate !== undefined) headers["content-type"] = bodyTemplate.contentType;
  for (const [name, template] of headerTemplates) headers[name] = headerValue(name, template.render(values));
  const query = new URLSearchParams(message.query);
  for (const [name, template] of queryTemplates) query.set(name, template.render(values));
  if (bodyTemplate === undefined) return { headers, query, body: message.body };
  return { headers, query, body: bodyTemplate.template.render(values) };
}

function headerValue(name: string, value: string): string {
  const trimmed = value.trim();
  if (!controlCharacters.test(trimmed)) return trimmed;
  throw new RewritingError(`the header ${name} would hold a line break or another control character`);
}

function extracted({ extractors }: Rewriting, { headers, query }: RewritableMessage): Record<string, string> {
  const values: Record<string, string> = {};
  for (const { variable, header, query: parameter, pattern, group } of extractors) {
    const source = header === undefined ? query.get(parameter ?? "") : headers[header];
    const match = source === undefined || source === null ? undefined : pattern.match(source);
    const value = match?.[group];
    if (value !== undefined) values[variable] = value;
  }
  return values;
}

function rewritingOf(changes: RequestChanges | ResponseChanges): Rewriting {
  let rewriting = rewritings.get(changes);
  if (rewriting === undefined) {
    rewriting = compile(changes);
    rewritings.set(changes, rewriting);
  }
  return rewriting;
}

function compile(changes: RequestChanges | ResponseChanges): Rewriting {
  const { headers, removeHeaders, body, extractors } = changes;
  const texts = (templates: Record<string, string>) =>
    Object.entries(templates).map(([name, source]) => [name, compileTextTemplate(source)] as const);
  return {
    headers: texts(headers),
    query: "query" in changes ? texts(changes.query) : [],
    removeHeaders,
    body: body && {
      template:
        body.format === "json" ? compileJsonTemplate(body.template) : compileTextTemplate(body.template),
      contentType: body.format === "json" ? "application/json" : "text/plain; charset=utf-8",
    },
    extractors: Object.entries(extractors).map(([variable, { regex, ...extractor }]) => ({
      variable,
      ...extractor,
      pattern: compileWholePattern(regex),
    })),
  };
}

/** What the client is told when its request can't be rewritten. */
export function requestNotRewritten(route: string, { message }: RewritingError): SluiceError {
  return new SluiceError("invalid_request", `The request does not fit the route ${route}: ${message}.`);
}

/** What the client is told when the reply can't be rewritten. */
export function replyNotRewritten(route: string, { message }: RewritingError): SluiceError {
  return new SluiceError("provider_invalid_reply", `The reply does not fit the route ${route}: ${message}.`);
}
