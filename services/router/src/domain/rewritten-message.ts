import { SluiceError } from "@sluice/contracts/sluice-error";
import type { RequestChanges, ResponseChanges } from "@sluice/resources/message-changes";
import { compileWholePattern, type WholePattern } from "@sluice/resources/whole-pattern";
import { compileJsonTemplate } from "@sluice/templates/compile-json-template";
import { compileTextTemplate } from "@sluice/templates/compile-text-template";
import { TemplateRenderError } from "@sluice/templates/template-render-error";
import { type BodyChanges, convertedToJson, convertedToXml, refuseUnreadable } from "./body-conversion.ts";
import { jsonObject } from "./body-text.ts";
import { RewritingError } from "./rewriting-error.ts";

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
  template: { template: Template; contentType: string } | undefined;
  conversion: BodyChanges | undefined;
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

/**
 * Rewrites a message by its templates. Their variables are the fields of a body that is a JSON object, and what the
 * extractors find. XML that becomes JSON does so before, JSON that becomes XML after it. What is empty stays so.
 * @throws RewritingError
 */
export function rewriteMessage(
  changes: RequestChanges | ResponseChanges,
  message: RewritableMessage,
): RewritableMessage {
  const rewriting = rewritingOf(changes);
  const { conversion } = rewriting;
  if (conversion?.convert !== undefined && message.body !== "") refuseUnreadable(message.headers);
  const readable = conversion?.convert === "xml-to-json" ? inJson(message, conversion) : message;
  const values = { ...jsonObject(readable.body), ...extracted(rewriting, message) };
  try {
    return apply(rewriting, readable, values);
  } catch (error) {
    if (error instanceof TemplateRenderError) throw new RewritingError(error.message, { cause: error });
    throw error;
  }
}

/**
 * The body of a message in another format, and nothing else of it rewritten: for errors, whose form is the destination's.
 * @returns undefined where nothing is converted, or it is in no such format
 */
export function convertMessage(
  changes: RequestChanges | ResponseChanges,
  { headers, body }: Pick<RewritableMessage, "headers" | "body">,
): Pick<RewritableMessage, "headers" | "body"> | undefined {
  const { conversion } = rewritingOf(changes);
  if (conversion?.convert === undefined || body === "") return undefined;
  try {
    refuseUnreadable(headers);
    const { contentType, ...converted } =
      conversion.convert === "xml-to-json"
        ? convertedToJson(body, headers["content-type"], conversion)
        : convertedToXml(body, conversion);
    return { headers: { ...headers, "content-type": contentType }, ...converted };
  } catch (error) {
    if (error instanceof RewritingError) return undefined;
    throw error;
  }
}

function inJson(message: RewritableMessage, conversion: BodyChanges): RewritableMessage {
  if (message.body === "") return message;
  const { body, contentType } = convertedToJson(message.body, message.headers["content-type"], conversion);
  return { ...message, body, headers: { ...message.headers, "content-type": contentType } };
}

function apply(
  { headers: headerTemplates, query: queryTemplates, removeHeaders, template, conversion }: Rewriting,
  message: RewritableMessage,
  values: Record<string, unknown>,
): RewritableMessage {
  const headers = { ...message.headers };
  for (const name of removeHeaders) delete headers[name];
  let body = message.body;
  // What the policy says of the type itself goes before this.
  if (template !== undefined) {
    body = template.template.render(values);
    headers["content-type"] = template.contentType;
  }
  if (conversion?.convert === "json-to-xml" && body !== "") {
    const converted = convertedToXml(body, conversion);
    body = converted.body;
    headers["content-type"] = converted.contentType;
  }
  for (const [name, template] of headerTemplates) headers[name] = headerValue(name, template.render(values));
  const query = new URLSearchParams(message.query);
  for (const [name, template] of queryTemplates) query.set(name, template.render(values));
  return { headers, query, body };
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
    template: body && compileBody(body),
    conversion: body,
    extractors: Object.entries(extractors).map(([variable, { regex, ...extractor }]) => ({
      variable,
      ...extractor,
      pattern: compileWholePattern(regex),
    })),
  };
}

function compileBody({ template, format }: BodyChanges): Rewriting["template"] {
  if (template === undefined) return undefined;
  return format === "json"
    ? { template: compileJsonTemplate(template), contentType: "application/json" }
    : { template: compileTextTemplate(template), contentType: "text/plain; charset=utf-8" };
}

/** What the client is told when its request can't be rewritten. */
export function requestNotRewritten(route: string, { message }: RewritingError): SluiceError {
  return new SluiceError("invalid_request", `The request does not fit the route ${route}: ${message}.`);
}

/** What the client is told when the reply can't be rewritten. */
export function replyNotRewritten(route: string, { message }: RewritingError): SluiceError {
  return new SluiceError("provider_invalid_reply", `The reply does not fit the route ${route}: ${message}.`);
}
